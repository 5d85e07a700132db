//! What the last holder of the lease left: who is still owed what.

use std::collections::HashMap;

use crate::connection::ConnectionDocument;
use crate::delivery::Lane;
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::ports::{Lease, Marks};

/// What the last holder of the lease left.
#[derive(Debug)]
pub(super) struct Inherited {
    pub(super) cursor: Offset,
    marks: HashMap<ConnectionId, Marks>,
    /// After this offset nothing of it matters any more.
    until: Offset,
}

/// Where to read from, so that what is still due to anybody is read again.
pub(super) fn owed_from(lease: &Lease) -> Offset {
    let owed = lease.marks.values().filter(|marks| marks.due > marks.sent);
    let cursor = lease.cursor.events;
    owed.map(|marks| marks.sent)
        .min()
        .unwrap_or(cursor)
        .min(cursor)
}

impl Inherited {
    pub(super) fn of(lease: &Lease) -> Self {
        let newest = lease
            .marks
            .values()
            .map(|marks| marks.sent.max(marks.due))
            .max();
        Self {
            cursor: lease.cursor.events,
            until: newest.unwrap_or_default().max(lease.cursor.events),
            marks: lease.marks.clone(),
        }
    }

    /// A connection's lane: on from its marks, or from `joined` if it has none.
    pub(super) fn lane(&self, document: &ConnectionDocument, joined: Offset) -> Lane {
        match self.marks.get(&document.connection_id) {
            Some(marks) => Lane::new(document.connected_at, *marks),
            None => Lane::joined(document.connected_at, joined),
        }
    }

    /// Whether something that was due to a connection was not sent.
    pub(super) fn is_behind(&self, id: &ConnectionId) -> bool {
        self.marks
            .get(id)
            .is_some_and(|marks| marks.due > marks.sent)
    }

    /// Whether an event at this place is still to be sent to a connection it matches.
    pub(super) fn owes(&self, id: &ConnectionId, offset: Offset) -> bool {
        if offset > self.until {
            return true;
        }
        let marks = self.marks.get(id).copied().unwrap_or_default();
        offset > marks.sent && (offset > self.cursor || offset <= marks.due)
    }
}
