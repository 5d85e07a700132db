//! The worker's engine as far as a benchmark drives it: only with feature `measure`, which nothing
//! that is deployed asks for.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::connection::ConnectionDocument;
use crate::event::Event;
use crate::offset::Offset;
use crate::policy::FrameBudget;
use crate::ports::{Batch, Cursor, Lease, LogEntry, Members, Record, Token};
use crate::time::UnixMillis;
use crate::worker::Engine;

/// An engine with a lane for every connection. What it gets stays in the lanes.
pub struct Lanes {
    engine: Engine,
    taken: u64,
    now: UnixMillis,
}

impl Lanes {
    /// Lanes for these connections.
    #[must_use]
    pub fn new(documents: Vec<ConnectionDocument>, now: UnixMillis) -> Self {
        let lease = Lease {
            token: Token(1),
            expires_at: now,
            cursor: Cursor::default(),
            marks: HashMap::new(),
            first: true,
        };
        let members = Members {
            documents,
            changes_after: Offset::ZERO,
        };
        let budget = FrameBudget::default();
        Self {
            engine: Engine::new(&lease, members, Vec::new(), budget, now),
            taken: 0,
            now,
        }
    }

    /// Matches an event and puts it into the lanes of all who get it.
    pub fn take(&mut self, event: Arc<Event>) {
        self.taken += 1;
        let offset = Offset::new(self.taken, 0);
        let record = Record::Event(event);
        let batch = Batch {
            events: vec![LogEntry { offset, record }],
            read_to: Cursor {
                events: offset,
                ..Cursor::default()
            },
            ..Batch::default()
        };
        self.engine.take(batch, self.now);
    }

    /// How many messages wait.
    #[must_use]
    pub fn waiting(&mut self) -> u64 {
        self.engine.checkpoint(self.now).counts.queued
    }
}

impl fmt::Debug for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes").finish_non_exhaustive()
    }
}
