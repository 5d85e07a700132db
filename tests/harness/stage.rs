//! The service of one story.

use std::net::SocketAddr;

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::{ApiKey, Clock};
use llama_ws_core::{KeyId, KeyLimits, Permissions, Policy, Principal, UserId};
use llama_ws_functions::SystemClock;
use llama_ws_local::dev::{DEMO_KEY, Local, LocalOptions};
use llama_ws_local::gateway::{Bound, Limits};
use llama_ws_memory::ManualClock;
use serde_json::{Value, json};

use crate::client::{Client, Refused};
use crate::http;
use crate::real::{RealHost, chosen};

/// When virtual time starts.
#[must_use]
pub fn start_time() -> UnixMillis {
    UnixMillis(1_764_000_000_000)
}

/// The defaults without limits on how often a client may come and ask: for stories about something
/// else.
#[must_use]
pub fn roomy() -> LocalOptions {
    let policy = Policy {
        messages_per_minute: u32::MAX,
        subscription_changes_per_minute: u32::MAX,
        connections_per_user: u32::MAX,
        ..Policy::default()
    };
    LocalOptions {
        policy,
        limits: Limits::unthrottled(),
        ..LocalOptions::default()
    }
}

/// A free port, and the options of one who comes from loopback.
async fn prepared(mut options: LocalOptions) -> (Bound, LocalOptions) {
    options.policy.exempt_loopback = options.policy.connects_per_minute == 100;
    let bound = Bound::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .expect("a free port");
    (bound, options)
}

/// A running service, on a port of its own.
pub struct Stage<C: Clock = SystemClock> {
    host: Host<C>,
}

/// On what the service of a story runs.
enum Host<C: Clock> {
    /// In this process, in memory.
    Embedded(Local<C>),
    /// On real stores.
    Real(RealHost),
}

impl Stage {
    /// The embedded default as a user gets it, but for the per-IP limit of loopback.
    pub async fn start() -> Self {
        Self::chosen(LocalOptions::default()).await
    }

    /// One on which a client may ask as often as it likes.
    pub async fn roomy() -> Self {
        Self::chosen(roomy()).await
    }

    /// The same in memory whatever `STORIES_ON` says: for stories that look into the service.
    pub async fn embedded() -> Self {
        Self::with(SystemClock, roomy()).await
    }

    /// On whatever `STORIES_ON` says.
    async fn chosen(options: LocalOptions) -> Self {
        let Some(functions) = chosen() else {
            return Self::with(SystemClock, options).await;
        };
        let (bound, options) = prepared(options).await;
        Self {
            host: Host::Real(RealHost::start(bound, options, functions).await),
        }
    }
}

impl Stage<ManualClock> {
    /// The same under virtual time, with the clock that moves it.
    pub async fn frozen(options: LocalOptions) -> (Self, ManualClock) {
        let clock = ManualClock::new(start_time());
        (Self::with(clock.clone(), options).await, clock)
    }
}

impl<C: Clock> Stage<C> {
    /// A service with its own clock and options.
    pub async fn with(clock: C, options: LocalOptions) -> Self {
        let (bound, options) = prepared(options).await;
        Self {
            host: Host::Embedded(Local::start(clock, bound, options)),
        }
    }

    /// The embedded service, to look into and to break: for stories in memory only.
    #[must_use]
    pub fn local(&self) -> &Local<C> {
        match &self.host {
            Host::Embedded(local) => local,
            Host::Real(_) => panic!("this story looks into the embedded service"),
        }
    }

    /// Ends the service as Ctrl-C does.
    pub async fn stop(self) {
        match self.host {
            Host::Embedded(local) => local.stop().await,
            Host::Real(real) => real.stop().await,
        }
    }

    /// `127.0.0.1:port`.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        match &self.host {
            Host::Embedded(local) => local.addr(),
            Host::Real(real) => real.addr(),
        }
    }

    /// What its clock shows.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        use llama_ws_core::ports::Ports;
        self.local().ports().clock().now()
    }

    /// Adds an API key of `user` with these permissions.
    pub async fn key(&self, key: &str, user: &str, permissions: &[&str]) {
        let principal = Principal {
            user_id: UserId::new(user),
            key_id: Some(KeyId::new(format!("id-of-{key}"))),
            key_hash: None,
            permissions: Permissions::new(permissions.iter().copied()),
            expires_at: None,
            limits: KeyLimits::default(),
        };
        self.insert_key(
            key,
            ApiKey {
                principal,
                enabled: true,
                created_at: None,
            },
        )
        .await;
    }

    /// Adds an API key's record.
    pub async fn insert_key(&self, key: &str, record: ApiKey) {
        use llama_ws_core::ports::Ports;
        match &self.host {
            Host::Embedded(local) => local.ports().keys().insert(key, record),
            Host::Real(real) => real.insert_key(key, &record).await,
        }
    }

    /// A connection with the demo key, in the `x-api-key` header.
    pub async fn client(&self) -> Client {
        self.client_with_key("demo-key").await
    }

    /// A connection with this key.
    pub async fn client_with_key(&self, key: &str) -> Client {
        self.connect("/", &[("x-api-key", key)])
            .await
            .expect("the connection is accepted")
    }

    /// A connection that has shown no credential.
    pub async fn stranger(&self) -> Client {
        self.connect("/", &[])
            .await
            .expect("the connection is accepted")
    }

    /// An upgrade of this path and query with these headers.
    ///
    /// # Errors
    /// [`Refused`] with the handshake's status.
    pub async fn connect(&self, path: &str, headers: &[(&str, &str)]) -> Result<Client, Refused> {
        Client::connect(self.addr(), path, headers).await
    }

    /// Broadcasts to every connection through `POST /broadcast`: whoever is authenticated gets it
    /// after everything published before.
    pub async fn announce(&self, id: &str) {
        let message = json!({"eventId": id, "type": "system_announcement", "data": {}});
        let body = json!({"all": true, "message": message}).to_string();
        let key = [("x-api-key", DEMO_KEY)];
        let answer = http::post(self.addr(), "/broadcast", &key, &body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }

    /// Publishes text as it is through `POST /events`.
    pub async fn publish_text(&self, body: &str) -> http::Answer {
        http::post(self.addr(), "/events", &[], body).await
    }

    /// Publishes events through `POST /events` and requires each to be accepted.
    pub async fn publish(&self, events: &Value) {
        let expected = events.as_array().map_or(1, Vec::len);
        let answer = self.publish_text(&events.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(
            answer.json(),
            json!({"accepted": expected, "duplicates": 0, "rejected": []})
        );
    }
}
