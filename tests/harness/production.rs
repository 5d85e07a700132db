//! What is deployed, on this machine: real stores, the deployed binaries as processes over the
//! Runtime API, the local API Gateway. Each part can be made to fail.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;
use llama_ws_functions::{Function, SystemClock};
use llama_ws_local::dev::{LocalOptions, RealFunctions, RealLocal, RealOptions};
use llama_ws_local::gateway::{Bound, Invoke};
use llama_ws_test_servers::dynamodb::DynamoDb;
use llama_ws_test_servers::redis::{Redis, Setup};
use serde_json::{Value, json};

use crate::announcer::Announcer;
use crate::binaries::binary;
use crate::client::Client;
use crate::http;
use crate::stage::roomy;
use crate::table_proxy::TableProxy;
use crate::wait::eventually;

/// The service and its stores.
pub struct Production {
    local: RealLocal,
    /// Its Redis, its alone.
    pub redis: Redis,
    /// The way to its tables.
    pub tables: TableProxy,
    _dynamodb: Arc<DynamoDb>,
}

/// How it differs from what is deployed.
#[derive(Debug, Default)]
pub struct Changes {
    /// How long a worker's invocation may run.
    pub worker_timeout: Option<Duration>,
    /// The gateway reports no end of a connection.
    pub drop_disconnect: bool,
    /// The functions run in this process.
    pub in_process: bool,
}

impl Production {
    /// As it is deployed, but for the rate limits.
    pub async fn start() -> Self {
        Self::with(Changes::default()).await
    }

    /// With these changes.
    pub async fn with(changes: Changes) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let redis = Redis::start(Setup::Redis);
        let dynamodb = DynamoDb::shared();
        let tables = TableProxy::start(&dynamodb.endpoint()).await;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let run = format!("production-{}-{number}", std::process::id());
        let connect = binary("llama-ws-functions", &["--features", "lambda"], "connect");
        let folder = connect.parent().expect("cargo's layout").to_owned();
        let real = RealOptions {
            redis: redis.url().to_owned(),
            cell: "ws".to_owned(),
            dynamodb: tables.endpoint().to_owned(),
            connections_table: format!("connections-{run}"),
            api_keys_table: format!("api-keys-{run}"),
            binaries: (!changes.in_process).then_some(folder),
            worker_timeout: changes.worker_timeout,
            log: false,
        };
        let mut options: LocalOptions = roomy();
        options.gateway.drop_disconnect = changes.drop_disconnect;
        options.policy.exempt_loopback = true;
        let bound = Bound::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a free port");
        let local = RealLocal::start(bound, options, real)
            .await
            .expect("the service starts");
        Self {
            local,
            redis,
            tables,
            _dynamodb: dynamodb,
        }
    }

    /// `127.0.0.1:port`.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.local.addr()
    }

    /// A connection with the demo key.
    pub async fn client(&self) -> Client {
        Client::connect(self.addr(), "/?apiKey=demo-key", &[])
            .await
            .expect("the connection is accepted")
    }

    /// Publishes through `event-ingest`, and requires every event to be accepted.
    pub async fn ingest(&self, events: &[Value]) {
        let answer = http::post(self.addr(), "/events", &[], &json!(events).to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json()["accepted"], events.len(), "{}", answer.text);
    }

    /// Invokes a function as somebody with the right to would.
    pub async fn invoke(&self, function: Function, payload: &Value) -> Value {
        let answer = self
            .functions()
            .invoke(function, Bytes::from(payload.to_string()));
        let answer = answer.await.expect("the function answers");
        serde_json::from_slice(&answer).expect("JSON")
    }

    /// Starts a worker candidate, as the schedule does, and does not wait for its end.
    pub fn candidate(&self) {
        let functions = self.functions().clone();
        let payload = Bytes::from_static(br#"{"work":{}}"#);
        // Its end is somebody else's story.
        tokio::spawn(async move { functions.invoke(Function::EventFanout, payload).await });
    }

    /// Kills every worker with SIGKILL.
    ///
    /// # Panics
    /// When the functions run in this process.
    pub fn kill_workers(&self) {
        match self.functions() {
            RealFunctions::Processes(processes) => processes.kill(Function::EventFanout),
            RealFunctions::InProcess(_) => panic!("a worker of this process cannot be killed"),
        }
    }

    /// Waits until a worker works.
    pub async fn works(&self) {
        eventually("a worker holds the lease", async || {
            self.lease_is_live().await
        })
        .await;
    }

    /// Whether somebody holds the lease, and for longer.
    pub async fn lease_is_live(&self) -> bool {
        let until = self
            .lease("until")
            .await
            .and_then(|until| until.parse().ok());
        until.is_some_and(|until| SystemClock.now() < UnixMillis(until))
    }

    /// Waits until nobody holds the lease any more: 10 s after its holder died.
    pub async fn lease_runs_out(&self) {
        eventually("the lease runs out", async || !self.lease_is_live().await).await;
    }

    /// The fencing token of the lease.
    pub async fn token(&self) -> Option<String> {
        self.lease("token").await
    }

    async fn lease(&self, field: &str) -> Option<String> {
        let flat = self.redis.list("HGETALL ws:{ws}:lease:00/01").await;
        let mut pairs = flat.chunks_exact(2);
        pairs
            .find(|pair| pair[0] == field)
            .map(|pair| pair[1].clone())
    }

    /// Somebody who publishes on Redis channels.
    pub async fn announcer(&self) -> Option<Announcer> {
        Announcer::connect(self.redis.port()).await
    }

    /// Publishes on a Redis channel until somebody hears it. Give the event an id: it is one event.
    pub async fn announce(&self, channel: &str, event: &Value) {
        self.announced(channel, event, |heard| heard > 0).await;
    }

    /// Publishes on a Redis channel until nobody hears it.
    pub async fn announce_unheard(&self, channel: &str, event: &Value) {
        self.announced(channel, event, |heard| heard == 0).await;
    }

    async fn announced(&self, channel: &str, event: &Value, is_enough: impl Fn(u64) -> bool) {
        let mut announcer = self.announcer().await.expect("Redis listens");
        eventually("somebody listens, or nobody", async || {
            let heard = announcer.publish(channel, event).await;
            is_enough(heard.expect("Redis answers"))
        })
        .await;
    }

    /// Ends it all.
    pub async fn stop(self) {
        self.local.stop().await;
    }

    fn functions(&self) -> &RealFunctions {
        self.local.functions()
    }
}
