//! Entries of the event log, for tests of what follows it.

use std::sync::Arc;

use crate::event::{Arrival, Event, Target};
use crate::identifier::EventId;
use crate::offset::Offset;
use crate::ports::{LogEntry, Record};
use crate::time::UnixMillis;

/// The first place of a millisecond.
pub(super) const fn at(ms: u64) -> Offset {
    Offset::new(ms, 0)
}

/// An alert at that place.
pub(super) fn alert(ms: u64) -> LogEntry {
    LogEntry {
        offset: at(ms),
        record: Record::Event(event(ms)),
    }
}

/// The alert itself.
pub(super) fn event(ms: u64) -> Arc<Event> {
    let arrival = Arrival {
        now: UnixMillis(1_000_000),
        fallback_id: EventId::new(format!("e{ms}")),
        target: Target::default(),
    };
    Arc::new(Event::parse(r#"{"type":"alert","data":{}}"#, arrival).unwrap())
}
