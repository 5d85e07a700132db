//! Tables of a test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use llama_ws_aws::{DynamoConnections, DynamoKeys, create_tables, local_sdk_config};
use llama_ws_core::UnixMillis;
use llama_ws_memory::ManualClock;
use llama_ws_test_servers::dynamodb::DynamoDb;

/// Both tables, empty.
pub(crate) struct Tables {
    pub(crate) connections: DynamoConnections<ManualClock>,
    pub(crate) keys: DynamoKeys,
    pub(crate) clock: ManualClock,
    pub(crate) server: Arc<DynamoDb>,
}

pub(crate) async fn tables() -> Tables {
    let server = DynamoDb::shared();
    let sdk = local_sdk_config(&server.endpoint()).await;
    let run = run();
    let (connections, keys) = (format!("connections-{run}"), format!("keys-{run}"));
    create_tables(&sdk, &connections, &keys).await.unwrap();
    // Whoever starts twice finds them there.
    create_tables(&sdk, &connections, &keys).await.unwrap();
    let clock = ManualClock::new(now());
    Tables {
        connections: DynamoConnections::new(&sdk, connections, clock.clone()),
        keys: DynamoKeys::new(&sdk, keys),
        clock,
        server,
    }
}

/// The machine's time: the TTL would take away what has expired by it.
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    UnixMillis(u64::try_from(since.as_millis()).unwrap())
}

/// A name that no other test has.
pub(crate) fn run() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{}-{number}", std::process::id())
}
