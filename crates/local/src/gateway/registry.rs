//! The live connections, and what may be done to one from outside: post, get, close.
//! Made before the functions exist, so that they can push without going through HTTP.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::bucket::Bucket;
use super::limits::{Limits, Throttle};
use super::outbox::{self, Outbox, PushError, Waiting};
use super::session::Session;

/// What became of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostOutcome {
    /// It waits for, or is on, the wire (200).
    Delivered,
    /// No such connection, or its `$connect` has not returned yet (410).
    Gone,
    /// More than a message may hold (413).
    TooLarge,
    /// This client does not read and its buffer is full (429).
    Throttled,
    /// The account's request throttle (429).
    AccountThrottled,
}

/// What `GetConnection` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// When the upgrade was asked for.
    pub connected_at: UnixMillis,
    /// When a message last passed, in either direction.
    pub last_active_at: UnixMillis,
    /// The peer's address.
    pub source_ip: String,
    /// The `User-Agent` of the handshake.
    pub user_agent: Option<String>,
}

/// A handle to the table of live connections and to the account's throttles. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registry<C> {
    clock: C,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    limits: Limits,
    account: Option<Bucket>,
    connects: Option<Bucket>,
    connections: RwLock<HashMap<String, Arc<Link>>>,
}

impl<C: Clock> Registry<C> {
    /// An empty table with full buckets.
    #[must_use]
    pub fn new(clock: C, limits: Limits) -> Self {
        let now = clock.now();
        let per_second = |count| Throttle {
            rps: count,
            burst: count,
        };
        let connects = limits.connects_per_second.map(per_second);
        let shared = Shared {
            account: limits.account.map(|throttle| Bucket::new(throttle, now)),
            connects: connects.map(|throttle| Bucket::new(throttle, now)),
            connections: RwLock::default(),
            limits,
        };
        Self {
            clock,
            shared: Arc::new(shared),
        }
    }

    /// `PostToConnection`. Bytes that are not UTF-8 are replaced: only text frames leave here.
    pub async fn post(&self, id: &str, data: Bytes) -> PostOutcome {
        if !self.admit_request() {
            return PostOutcome::AccountThrottled;
        }
        if data.len() > self.limits().message_bytes {
            return PostOutcome::TooLarge;
        }
        let Some(link) = self.link(id) else {
            return PostOutcome::Gone;
        };
        match link.send(text(data), self.clock.now()) {
            Ok(()) => PostOutcome::Delivered,
            Err(PushError::Full) => PostOutcome::Throttled,
            Err(PushError::Closed) => PostOutcome::Gone,
        }
    }

    /// `GetConnection`; does not count against the throttle when called directly.
    pub async fn get(&self, id: &str) -> Option<ConnectionInfo> {
        let link = self.link(id)?;
        Some(ConnectionInfo {
            connected_at: link.session.connected_at,
            last_active_at: link.last_active(),
            source_ip: link.session.source_ip.to_string(),
            user_agent: link.session.user_agent.clone(),
        })
    }

    /// `DeleteConnection`: what was posted before still goes out, then the socket closes with
    /// 1000. False if there is no such connection.
    pub async fn close(&self, id: &str) -> bool {
        let Some(link) = self.forget(id) else {
            return false;
        };
        link.deleted.notify_one();
        true
    }

    pub(super) fn clock(&self) -> &C {
        &self.clock
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Takes one request from the account's throttle.
    pub(super) fn admit_request(&self) -> bool {
        admit(self.shared.account.as_ref(), self.clock.now())
    }

    /// Takes one new connection from the account's connection rate.
    pub(super) fn admit_connect(&self) -> bool {
        admit(self.shared.connects.as_ref(), self.clock.now())
    }

    /// Makes a connection reachable.
    pub(super) fn open(&self, session: Session) -> (Arc<Link>, Waiting) {
        let (outbox, waiting) = outbox::channel(self.limits().client_buffer_bytes);
        let id = session.id.clone();
        let link = Arc::new(Link {
            last_active: AtomicU64::new(session.connected_at.0),
            session,
            outbox,
            deleted: Notify::new(),
        });
        self.write().insert(id, link.clone());
        (link, waiting)
    }

    /// Makes a connection unreachable.
    pub(super) fn forget(&self, id: &str) -> Option<Arc<Link>> {
        self.write().remove(id)
    }

    fn link(&self, id: &str) -> Option<Arc<Link>> {
        let connections = &self.shared.connections;
        let connections = connections.read().unwrap_or_else(PoisonError::into_inner);
        connections.get(id).cloned()
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<String, Arc<Link>>> {
        let connections = &self.shared.connections;
        connections.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn admit(bucket: Option<&Bucket>, now: UnixMillis) -> bool {
    bucket.is_none_or(|bucket| bucket.try_take(now))
}

fn text(data: Bytes) -> Utf8Bytes {
    Utf8Bytes::try_from(data.clone())
        .unwrap_or_else(|_| String::from_utf8_lossy(&data).into_owned().into())
}

/// A live connection as those see it who are not its own task.
#[derive(Debug)]
pub(super) struct Link {
    session: Session,
    last_active: AtomicU64,
    outbox: Outbox,
    deleted: Notify,
}

impl Link {
    /// The connection's constant facts.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Puts a message into the client's buffer; that counts as activity.
    pub(super) fn send(&self, text: Utf8Bytes, now: UnixMillis) -> Result<(), PushError> {
        self.outbox.push(text)?;
        self.touch(now);
        Ok(())
    }

    /// Notes that a message passed.
    pub(super) fn touch(&self, now: UnixMillis) {
        self.last_active.fetch_max(now.0, Ordering::Relaxed);
    }

    /// When a message last passed.
    pub(super) fn last_active(&self) -> UnixMillis {
        UnixMillis(self.last_active.load(Ordering::Relaxed))
    }

    /// Completes when the connection was deleted through the registry.
    pub(super) async fn deleted(&self) {
        self.deleted.notified().await;
    }
}
