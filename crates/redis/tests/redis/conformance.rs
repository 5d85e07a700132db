//! The suite that every adapter must pass, on every server; those checks that let real time pass
//! with `slow-tests` only.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use llama_ws_core::UnixMillis;
use llama_ws_memory::conformance::{Subject, TestTime};
use llama_ws_redis::RedisCell;
use llama_ws_test_servers::redis::{Redis, Setup};
use llama_ws_test_servers::unique;

use crate::cells::{cell, on_every_server};

macro_rules! suite {
    ($module:ident, $setup:ident) => {
        mod $module {
            use super::*;

            llama_ws_memory::conformance!(cell, on(Redis::shared(Setup::$setup)));
            // The set of live connections is the server's, not the cell's.
            llama_ws_memory::conformance!(upkeep, on(Arc::new(Redis::start(Setup::$setup))));
            #[cfg(feature = "slow-tests")]
            llama_ws_memory::conformance!(cell_over_time, on(Redis::shared(Setup::$setup)));
        }
    };
}

suite!(on_redis, Redis);
suite!(on_valkey, Valkey);
suite!(on_tls, Tls);
suite!(on_a_cluster, Cluster);

/// Real time: the server's and the test's are the same machine's.
#[derive(Debug)]
struct RealTime {
    _server: Arc<Redis>,
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

fn on(server: Arc<Redis>) -> Subject<RedisCell, RealTime> {
    let cell = cell(&server);
    Subject::new(cell, RealTime { _server: server }, unique())
}

on_every_server! {
    a_wait_ends_empty_when_its_time_is_up
}

/// The one check over time that takes no more than a blink: the wait is the server's.
async fn a_wait_ends_empty_when_its_time_is_up(setup: Setup) {
    use llama_ws_memory::conformance::work_log::over_time as checks;
    let checked = checks::a_wait_ends_empty_when_its_time_is_up(&on(Redis::shared(setup))).await;
    checked.unwrap();
}
