//! What is checked, with ids that no other check has.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use llama_ws_core::ports::{
    Batch, Candidate, Change, Clock, Cursor, LogEntry, Slot, Unavailable, WorkLog,
};
use llama_ws_core::{
    Arrival, ConnectionDocument, ConnectionId, Event, EventId, KeyLimits, Permissions, Principal,
    Target, UnixMillis, UserId,
};

use crate::ManualClock;

/// The time by which a store lives, as far as a test can move it.
pub trait TestTime: Send + Sync {
    /// Now, by the store's own clock or one close to it.
    fn now(&self) -> UnixMillis;

    /// Lets this much time pass: at once where it is virtual.
    fn pass(&self, by: Duration) -> impl Future<Output = ()> + Send;
}

impl TestTime for ManualClock {
    fn now(&self) -> UnixMillis {
        Clock::now(self)
    }

    async fn pass(&self, by: Duration) {
        self.advance(by);
    }
}

/// An adapter under a check.
///
/// A table may be shared with other checks. A cell must be the check's own and new, which costs
/// real adapters nothing but a tag: logs, leases and counts belong to the cell as a whole.
#[derive(Debug)]
pub struct Subject<S, T> {
    /// The adapter.
    pub store: S,
    /// Its time.
    pub time: T,
    run: String,
    ids: AtomicU64,
}

impl<S, T: TestTime> Subject<S, T> {
    /// `run` is part of every id, and unlike that of any other check against the same server.
    pub fn new(store: S, time: T, run: impl Into<String>) -> Self {
        Self {
            store,
            time,
            run: run.into(),
            ids: AtomicU64::new(0),
        }
    }

    /// An id that nothing has yet. Ids of one run sort in the order they were made.
    #[must_use]
    pub fn new_id(&self, what: &str) -> String {
        let number = self.ids.fetch_add(1, Ordering::Relaxed);
        format!("{what}-{}-{number:06}", self.run)
    }

    /// A new connection's id.
    #[must_use]
    pub fn new_connection_id(&self) -> ConnectionId {
        ConnectionId::new(self.new_id("connection"))
    }

    /// A new user.
    #[must_use]
    pub fn new_user(&self) -> UserId {
        UserId::new(self.new_id("user"))
    }

    /// A new connection that has just been opened and has not authenticated.
    #[must_use]
    pub fn new_document(&self) -> ConnectionDocument {
        let now = self.time.now();
        ConnectionDocument {
            connection_id: self.new_connection_id(),
            revision: 1,
            connected_at: now,
            principal: None,
            authenticated_at: None,
            auth_deadline: Some(now.plus(Duration::from_secs(30))),
            source_ip: "192.0.2.1".to_owned(),
            user_agent: None,
            subscription: None,
        }
    }

    /// A new connection of `user`.
    #[must_use]
    pub fn new_document_of(&self, user: &UserId) -> ConnectionDocument {
        let principal = Principal {
            user_id: user.clone(),
            key_id: None,
            key_hash: None,
            permissions: Permissions::new(["*"]),
            expires_at: None,
            limits: KeyLimits::default(),
        };
        ConnectionDocument {
            principal: Some(principal),
            authenticated_at: Some(self.time.now()),
            auth_deadline: None,
            ..self.new_document()
        }
    }

    /// A new price.
    #[must_use]
    pub fn new_event(&self) -> Event {
        self.event(r#"{"type":"price_update","data":{"token":"ethereum","price":1.5}}"#)
    }

    /// The event of this JSON, with a new id unless it names one.
    #[must_use]
    pub fn event(&self, json: &str) -> Event {
        let arrival = Arrival {
            now: self.time.now(),
            fallback_id: EventId::new(self.new_id("event")),
            target: Target::default(),
        };
        Event::parse(json, arrival).unwrap_or_else(|fault| panic!("{fault}: {json}"))
    }

    /// A new candidate that may work for 15 minutes.
    #[must_use]
    pub fn new_candidate(&self) -> Candidate {
        Candidate {
            owner: self.new_id("invocation"),
            deadline: self.time.now().plus(Duration::from_secs(15 * 60)),
        }
    }
}

impl<S: WorkLog, T: TestTime> Subject<S, T> {
    /// One read that does not wait.
    pub(super) async fn read(&self, cursor: Cursor, count: usize) -> Result<Batch, Unavailable> {
        self.store
            .read(Slot::WHOLE, cursor, count, Duration::ZERO)
            .await
    }

    /// Every entry of the event log.
    pub(super) async fn all_events(&self) -> Result<Vec<LogEntry>, Unavailable> {
        Ok(self.read(Cursor::default(), 10_000).await?.events)
    }

    /// Every entry of the change log.
    pub(super) async fn all_changes(&self) -> Result<Vec<Change>, Unavailable> {
        Ok(self.read(Cursor::default(), 10_000).await?.changes)
    }

    /// The document of a member of the cell.
    pub(super) async fn member(
        &self,
        id: &ConnectionId,
    ) -> Result<Option<ConnectionDocument>, Unavailable> {
        let members = self.store.members(Slot::WHOLE).await?;
        let mut documents = members.documents.into_iter();
        Ok(documents.find(|document| document.connection_id == *id))
    }
}
