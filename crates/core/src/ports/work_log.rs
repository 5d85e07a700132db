//! The event log and the change log, from the side of the worker that follows both.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catch_up::CatchUp;
use crate::connection::ConnectionDocument;
use crate::event::Event;
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::time::UnixMillis;

use super::Unavailable;

/// A place in both logs: everything up to it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cursor {
    /// In the event log.
    pub events: Offset,
    /// In the change log.
    pub changes: Offset,
}

/// Which part of the connections a worker serves: worker `index` of `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// From 0.
    pub index: u16,
    /// At least 1.
    pub count: u16,
}

impl Slot {
    /// One worker for everything.
    pub const WHOLE: Self = Self { index: 0, count: 1 };
}

/// What a worker reads.
pub trait WorkLog: Send + Sync {
    /// Every connection of the slot's shards. The change log's last id is noted first, so that
    /// applying the log from there by revision misses nothing.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn members(&self, slot: Slot) -> impl Future<Output = Result<Members, Unavailable>> + Send;

    /// Events and changes after `cursor`, at most `count` of each, both as of one moment; waits up
    /// to `wait` when there are none.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn read(
        &self,
        slot: Slot,
        cursor: Cursor,
        count: usize,
        wait: Duration,
    ) -> impl Future<Output = Result<Batch, Unavailable>> + Send;
}

/// A snapshot of membership.
#[derive(Debug, Clone, Default)]
pub struct Members {
    /// The documents.
    pub documents: Vec<ConnectionDocument>,
    /// Apply the change log from here.
    pub changes_after: Offset,
}

/// What a read found.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Entries of the event log, in order.
    pub events: Vec<LogEntry>,
    /// Entries of the change log, in order.
    pub changes: Vec<Change>,
    /// How far both logs were read, entries of other slots included.
    pub read_to: Cursor,
    /// The read of events was cut by its count: there are more.
    pub events_cut: bool,
    /// The read of changes was cut by its count: only changes written up to this event are
    /// certain to be here, so later events must wait.
    pub changes_until: Option<Offset>,
    /// Events after the cursor had been trimmed before they were read.
    pub trimmed: bool,
}

/// An entry of the event log.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// Its place.
    pub offset: Offset,
    /// What it says.
    pub record: Record,
}

/// What an entry of the event log says.
#[derive(Debug, Clone)]
pub enum Record {
    /// An event.
    Event(Arc<Event>),
    /// Events may be missing before this point.
    Gap,
}

/// An entry of the change log.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its place in the change log.
    pub id: Offset,
    /// The event log's last offset when it was written: it is applied after that event and before
    /// the next.
    pub at: Offset,
    /// What changed.
    pub kind: ChangeKind,
}

/// What changed.
#[derive(Debug, Clone)]
pub enum ChangeKind {
    /// A connection has this document now.
    Document(Arc<ConnectionDocument>),
    /// A connection of this generation is to catch up from here.
    CatchUp {
        /// Which.
        connection_id: ConnectionId,
        /// Its generation.
        connected_at: UnixMillis,
        /// With what.
        catch_up: CatchUp,
    },
    /// A connection of this generation is gone.
    Removed {
        /// Which.
        connection_id: ConnectionId,
        /// Its generation.
        connected_at: UnixMillis,
    },
}

impl ChangeKind {
    /// Whom it is about.
    #[must_use]
    pub fn connection_id(&self) -> &ConnectionId {
        match self {
            Self::Document(document) => &document.connection_id,
            Self::CatchUp { connection_id, .. } | Self::Removed { connection_id, .. } => {
                connection_id
            }
        }
    }
}
