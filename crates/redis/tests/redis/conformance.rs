//! The suite that every adapter must pass, those that let real time pass with `slow-tests` only.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use llama_ws_core::UnixMillis;
use llama_ws_memory::conformance::{Subject, TestTime};
use llama_ws_redis::RedisCell;

use crate::server::{Server, run};

llama_ws_memory::conformance!(cell, cell());
// The set of live connections is the server's, not the cell's.
llama_ws_memory::conformance!(upkeep, on_a_server_of_its_own());
#[cfg(feature = "slow-tests")]
llama_ws_memory::conformance!(cell_over_time, cell());

/// Real time: the server's and the test's are the same machine's.
#[derive(Debug)]
pub(crate) struct RealTime {
    _server: Option<Arc<Server>>,
}

impl TestTime for RealTime {
    fn now(&self) -> UnixMillis {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        UnixMillis(u64::try_from(since.as_millis()).unwrap())
    }

    async fn pass(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }
}

fn cell() -> Subject<RedisCell, RealTime> {
    let server = Server::shared();
    let cell = server.cell();
    let time = RealTime {
        _server: Some(server),
    };
    Subject::new(cell, time, run())
}

fn on_a_server_of_its_own() -> Subject<RedisCell, RealTime> {
    let server = Arc::new(Server::start(&[]));
    let cell = server.cell();
    let time = RealTime {
        _server: Some(server),
    };
    Subject::new(cell, time, run())
}

/// A cell on a server that the test itself keeps.
pub(crate) fn subject(cell: RedisCell) -> Subject<RedisCell, RealTime> {
    Subject::new(cell, RealTime { _server: None }, run())
}

/// The one check over time that takes no more than a blink: the wait is the server's.
#[tokio::test]
async fn a_wait_ends_empty_when_its_time_is_up() -> llama_ws_memory::conformance::Checked {
    use llama_ws_memory::conformance::work_log::over_time as checks;
    checks::a_wait_ends_empty_when_its_time_is_up(&cell()).await
}
