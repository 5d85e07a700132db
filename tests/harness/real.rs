//! Stories on real stores: a Redis of their own, tables of their own in DynamoDB Local, and the
//! functions in this process or as the deployed binaries.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use llama_ws_core::ports::{ApiKey, KeyHash};
use llama_ws_local::cli::FunctionsMode;
use llama_ws_local::dev::{LocalOptions, RealLocal, RealOptions};
use llama_ws_local::gateway::Bound;
use llama_ws_test_servers::dynamodb::DynamoDb;
use llama_ws_test_servers::redis::{Redis, Setup};

use crate::binaries::binary;

/// What `STORIES_ON` says: `memory` (or nothing), `stores` or `processes`.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no other configuration"
)]
pub(crate) fn chosen() -> Option<FunctionsMode> {
    match std::env::var("STORIES_ON").as_deref() {
        Err(_) | Ok("" | "memory") => None,
        Ok("stores") => Some(FunctionsMode::InProcess),
        Ok("processes") => Some(FunctionsMode::Processes),
        Ok(other) => panic!("STORIES_ON is memory, stores or processes, not {other}"),
    }
}

/// A service on real stores, and the stores.
pub(crate) struct RealHost {
    local: RealLocal,
    _redis: Redis,
    _dynamodb: Arc<DynamoDb>,
}

impl RealHost {
    pub(crate) async fn start(
        bound: Bound,
        options: LocalOptions,
        functions: FunctionsMode,
    ) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let (redis, dynamodb) = (Redis::start(Setup::Redis), DynamoDb::shared());
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let run = format!("{}-{number}", std::process::id());
        let binaries = (functions == FunctionsMode::Processes).then(|| {
            let connect = binary("llama-ws-functions", &["--features", "lambda"], "connect");
            connect.parent().expect("cargo's layout").to_owned()
        });
        let real = RealOptions {
            redis: redis.url().to_owned(),
            cell: "ws".to_owned(),
            dynamodb: dynamodb.endpoint(),
            connections_table: format!("connections-{run}"),
            api_keys_table: format!("api-keys-{run}"),
            binaries,
            worker_timeout: None,
            log: false,
        };
        Self {
            local: RealLocal::start(bound, options, real)
                .await
                .expect("the service starts"),
            _redis: redis,
            _dynamodb: dynamodb,
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.local.addr()
    }

    pub(crate) async fn insert_key(&self, key: &str, record: &ApiKey) {
        let stored = self.local.keys().put(&KeyHash::of(key), record).await;
        stored.expect("DynamoDB answers");
    }

    pub(crate) async fn stop(self) {
        self.local.stop().await;
    }
}
