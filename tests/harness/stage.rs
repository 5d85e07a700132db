//! The service of one story.

use std::net::SocketAddr;

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::{ApiKey, Clock};
use llama_ws_core::{KeyId, Permissions, Policy, Principal, UserId};
use llama_ws_functions::SystemClock;
use llama_ws_local::dev::{DEMO_KEY, Local, LocalOptions};
use llama_ws_local::gateway::{Bound, Limits};
use llama_ws_memory::ManualClock;
use serde_json::{Value, json};

use crate::client::{Client, Refused};
use crate::http;

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

/// A running service, on a port of its own.
pub struct Stage<C: Clock = SystemClock> {
    /// The service, to look into and to break.
    pub local: Local<C>,
}

impl Stage {
    /// The embedded default as a user gets it, but for the per-IP limit of loopback.
    pub async fn start() -> Self {
        Self::with(SystemClock, LocalOptions::default()).await
    }

    /// One on which a client may ask as often as it likes.
    pub async fn roomy() -> Self {
        Self::with(SystemClock, roomy()).await
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
    pub async fn with(clock: C, mut options: LocalOptions) -> Self {
        options.policy.exempt_loopback = options.policy.connects_per_minute == 100;
        let bound = Bound::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a free port");
        Self {
            local: Local::start(clock, bound, options),
        }
    }

    /// `127.0.0.1:port`.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.local.addr()
    }

    /// What its clock shows.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        use llama_ws_core::ports::Ports;
        self.local.ports().clock().now()
    }

    /// Adds an API key of `user` with these permissions.
    pub fn key(&self, key: &str, user: &str, permissions: &[&str]) {
        let principal = Principal {
            user_id: UserId::new(user),
            key_id: Some(KeyId::new(format!("id-of-{key}"))),
            permissions: Permissions::new(permissions.iter().copied()),
            expires_at: None,
        };
        self.insert_key(
            key,
            ApiKey {
                principal,
                enabled: true,
            },
        );
    }

    /// Adds an API key's record.
    pub fn insert_key(&self, key: &str, record: ApiKey) {
        use llama_ws_core::ports::Ports;
        self.local.ports().keys().insert(key, record);
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
