//! The suite that every adapter must pass. The time by which items expire is the caller's, so it is
//! virtual here as well.

use std::sync::Arc;
use std::time::Duration;

use llama_ws_aws::{DynamoConnections, DynamoKeys};
use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Health;
use llama_ws_memory::ManualClock;
use llama_ws_memory::conformance::{Subject, TestTime};
use llama_ws_test_servers::dynamodb::DynamoDb;

use crate::table::{run, tables};

llama_ws_memory::conformance!(connection_store, subject().await);
llama_ws_memory::conformance!(connection_store_over_time, subject().await);
llama_ws_memory::conformance!(keys, keys().await);

/// Virtual time, and the server that must outlive the check.
pub(crate) struct Time {
    clock: ManualClock,
    _server: Arc<DynamoDb>,
}

impl TestTime for Time {
    fn now(&self) -> UnixMillis {
        TestTime::now(&self.clock)
    }

    async fn pass(&self, by: Duration) {
        self.clock.pass(by).await;
    }
}

async fn subject() -> Subject<DynamoConnections<ManualClock>, Time> {
    let tables = tables().await;
    let time = Time {
        clock: tables.clock,
        _server: tables.server,
    };
    Subject::new(tables.connections, time, run())
}

async fn keys() -> Subject<DynamoKeys, Time> {
    let tables = tables().await;
    let time = Time {
        clock: tables.clock,
        _server: tables.server,
    };
    Subject::new(tables.keys, time, run())
}

#[tokio::test]
async fn a_table_that_is_there_is_healthy() {
    tables().await.connections.check().await.unwrap();
}
