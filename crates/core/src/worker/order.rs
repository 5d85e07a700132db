//! Order: events and changes put together into the one sequence in which they happened.

use std::collections::VecDeque;

use crate::offset::Offset;
use crate::ports::{Batch, Change, Cursor, LogEntry};

/// One step of the sequence.
#[derive(Debug)]
pub(crate) enum Step {
    Change(Change),
    Entry(LogEntry),
}

/// Holds back what may not be applied yet. A change is applied after event `at` and before the
/// next one, so a client that has seen its confirmation misses nothing published after it.
#[derive(Debug, Default)]
pub(crate) struct Order {
    events: VecDeque<LogEntry>,
    changes: VecDeque<Change>,
    read_to: Cursor,
    applied_changes: Offset,
    events_cut: bool,
    events_until: Option<Offset>,
}

impl Order {
    pub(crate) fn from(cursor: Cursor) -> Self {
        Self {
            read_to: cursor,
            applied_changes: cursor.changes,
            ..Self::default()
        }
    }

    /// Takes what the next read found.
    pub(crate) fn push(&mut self, batch: Batch) {
        self.read_to = batch.read_to;
        self.events_cut = batch.events_cut;
        self.events_until = batch.changes_until;
        self.events.extend(batch.events);
        self.changes.extend(batch.changes);
    }

    /// The next step, if it may be taken.
    pub(crate) fn next(&mut self) -> Option<Step> {
        if self.change_is_next() {
            let change = self.changes.pop_front()?;
            self.applied_changes = change.id;
            return Some(Step::Change(change));
        }
        let next = self.events.front()?;
        if self.events_until.is_some_and(|until| next.offset > until) {
            return None;
        }
        self.events.pop_front().map(Step::Entry)
    }

    /// Whether every event up to the change's `at` has been taken.
    fn change_is_next(&self) -> bool {
        let Some(change) = self.changes.front() else {
            return false;
        };
        match self.events.front() {
            Some(event) => change.at < event.offset,
            None => !self.events_cut || change.at <= self.read_to.events,
        }
    }

    /// Whether changes are known that may not be applied yet.
    pub(crate) fn is_behind(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Where the next read starts.
    pub(crate) fn read_from(&self) -> Cursor {
        self.read_to
    }

    /// The last change that was taken.
    pub(crate) fn applied_changes(&self) -> Offset {
        if self.changes.is_empty() {
            self.read_to.changes.max(self.applied_changes)
        } else {
            self.applied_changes
        }
    }
}

#[cfg(test)]
mod tests;
