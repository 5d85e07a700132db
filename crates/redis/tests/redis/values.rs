//! Values that several tests need.

use std::time::SystemTime;

use llama_ws_core::ports::{AppendOutcome, Batch, Candidate, Cursor, EventLog, Slot, WorkLog};
use llama_ws_core::{
    Arrival, ConnectionDocument, ConnectionId, Event, EventId, KeyLimits, Offset, Permissions,
    Principal, Target, UnixMillis, UserId,
};
use llama_ws_redis::RedisCell;
use llama_ws_test_servers::unique;

pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    UnixMillis(u64::try_from(since.as_millis()).unwrap())
}

pub(crate) fn event() -> Event {
    let arrival = Arrival {
        now: now(),
        fallback_id: EventId::new(unique()),
        target: Target::default(),
    };
    Event::parse(r#"{"type":"alert","data":{"text":"hello"}}"#, arrival).unwrap()
}

/// A new connection that has not authenticated.
pub(crate) fn document() -> ConnectionDocument {
    ConnectionDocument {
        connection_id: ConnectionId::new(unique()),
        revision: 1,
        connected_at: now(),
        principal: None,
        authenticated_at: None,
        auth_deadline: None,
        source_ip: "192.0.2.1".to_owned(),
        user_agent: None,
        subscription: None,
    }
}

/// The next revision, in which it is this user's.
pub(crate) fn authenticated(document: &ConnectionDocument, user: &str) -> ConnectionDocument {
    ConnectionDocument {
        principal: Some(Principal {
            user_id: UserId::new(user),
            key_id: None,
            key_hash: None,
            permissions: Permissions::new(["*"]),
            expires_at: None,
            limits: KeyLimits::default(),
        }),
        ..document.next()
    }
}

pub(crate) fn candidate() -> Candidate {
    Candidate {
        owner: unique(),
        deadline: UnixMillis(now().0 + 900_000),
    }
}

/// Appends one event.
pub(crate) async fn append(cell: &RedisCell) -> Offset {
    let appended = cell.append(&[event()]).await.unwrap();
    match appended.outcomes.as_slice() {
        [AppendOutcome::At(offset)] => *offset,
        other => panic!("{other:?}"),
    }
}

/// Everything in both logs.
pub(crate) async fn read_all(cell: &RedisCell) -> Batch {
    let read = cell.read(
        Slot::WHOLE,
        Cursor::default(),
        10_000,
        std::time::Duration::ZERO,
    );
    read.await.unwrap()
}
