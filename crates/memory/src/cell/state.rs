//! The whole state of a cell, and the steps that touch more than one concern.

use std::sync::Arc;
use std::time::Duration;

use llama_ws_core::ports::{
    AppendOutcome, Appended, Batch, ChangeKind, Cursor, History, Members, Publication, Slot,
};
use llama_ws_core::{CatchUp, ConnectionDocument, ConnectionId, Event, Offset, UnixMillis};

use super::allowance::Allowances;
use super::changes::Changes;
use super::directory::{Directory, Standing};
use super::events::Events;
use super::leases::LeaseTable;
use super::limits::Limits;
use super::waits::Waits;
use super::{CellOptions, slots};

/// How often what has expired unseen is dropped: Redis' key expiry, by hand.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// How far ahead of the clock an epoch begins, so that no offset that was lost comes again.
const EPOCH_LEAD: Duration = Duration::from_secs(1);

/// Everything a cell knows.
#[derive(Debug, Clone)]
pub(super) struct State {
    options: CellOptions,
    pub(super) limits: Limits,
    pub(super) waits: Waits,
    pub(super) leases: LeaseTable,
    pub(super) directory: Directory,
    allowances: Allowances,
    events: Events,
    changes: Changes,
    next_sweep: UnixMillis,
}

impl State {
    pub(super) fn new(options: CellOptions) -> Self {
        Self {
            options,
            limits: Limits::default(),
            waits: Waits::default(),
            leases: LeaseTable::default(),
            directory: Directory::default(),
            allowances: Allowances::default(),
            events: Events::default(),
            changes: Changes::default(),
            next_sweep: UnixMillis::default(),
        }
    }

    /// Forgets everything, as a store does that restarts empty.
    pub(super) fn lose(&mut self) {
        *self = Self::new(self.options.clone());
    }

    /// Goes back to what was saved, as a store does that a failover made of a copy.
    pub(super) fn fail_over(&mut self, saved: &Self) {
        self.clone_from(saved);
        self.leases.change_replication_id();
    }

    /// The ends of both logs.
    pub(super) fn end(&self) -> Cursor {
        Cursor {
            events: self.events.last(),
            changes: self.changes.last(),
        }
    }

    pub(super) fn append(&mut self, events: &[Event], now: UnixMillis) -> Appended {
        let mut append =
            |event: &Event| -> AppendOutcome { self.events.append(event, &self.options, now) };
        Appended {
            outcomes: events.iter().map(&mut append).collect(),
            worker_is_live: self.leases.any_live(now),
        }
    }

    pub(super) fn append_gap(&mut self, now: UnixMillis) -> Offset {
        self.events.append_gap(&self.options, now)
    }

    /// A connection that is gone takes no place and changes nothing. One that is known takes its
    /// place even if a newer revision came first, or that revision would have gone round the
    /// allowance.
    pub(super) fn publish(
        &mut self,
        document: &ConnectionDocument,
        allowance: Option<u32>,
        now: UnixMillis,
    ) -> Publication {
        let answer = Publication::Done {
            at: self.events.last(),
            worker_is_live: self.leases.any_live(now),
        };
        let standing = self.directory.standing(document, now);
        if standing == Standing::Gone {
            return answer;
        }
        if !self.take_place(document, allowance, now) {
            return Publication::OverAllowance;
        }
        if standing == Standing::Newer {
            let document = Arc::new(document.clone());
            self.directory.put(Arc::clone(&document));
            self.change(ChangeKind::Document(document), now);
        }
        answer
    }

    /// An order is a change even where the document is none.
    pub(super) fn publish_catch_up(
        &mut self,
        document: &ConnectionDocument,
        catch_up: &CatchUp,
        now: UnixMillis,
    ) -> Publication {
        let answer = Publication::Done {
            at: self.events.last(),
            worker_is_live: self.leases.any_live(now),
        };
        let standing = self.directory.standing(document, now);
        if standing == Standing::Gone {
            return answer;
        }
        if standing == Standing::Newer {
            let document = Arc::new(document.clone());
            self.directory.put(Arc::clone(&document));
            self.change(ChangeKind::Document(document), now);
        }
        let order = ChangeKind::CatchUp {
            connection_id: document.connection_id.clone(),
            connected_at: document.connected_at,
            catch_up: catch_up.clone(),
        };
        self.change(order, now);
        answer
    }

    pub(super) fn history(&self, up_to: Offset, count: usize) -> History {
        self.events.history(up_to, count)
    }

    /// A removal of what is gone already changes nothing. One of what was never here is a change:
    /// a worker may know it from before this cell lost it.
    pub(super) fn remove(&mut self, document: &ConnectionDocument, now: UnixMillis) {
        if self.directory.standing(document, now) == Standing::Gone {
            return;
        }
        let stored = self.directory.remove(document, now);
        for gone in stored.as_deref().into_iter().chain([document]) {
            if let Some(principal) = &gone.principal {
                self.allowances
                    .give_back(&principal.user_id, &gone.connection_id);
            }
        }
        let removed = ChangeKind::Removed {
            connection_id: document.connection_id.clone(),
            connected_at: document.connected_at,
        };
        self.change(removed, now);
    }

    pub(super) fn begin_epoch(&mut self, floor: Offset, now: UnixMillis) -> Offset {
        self.leases.begin_epoch();
        self.events
            .append_gap_above(floor, EPOCH_LEAD, &self.options, now)
    }

    /// Places are given back whatever the allowance is: the connections have been let in already.
    pub(super) fn restore(&mut self, documents: &[ConnectionDocument], now: UnixMillis) {
        for document in documents {
            self.publish(document, Some(u32::MAX), now);
        }
    }

    /// Removes a connection that began before `before`; false when there is none such.
    pub(super) fn discard(
        &mut self,
        id: &ConnectionId,
        before: UnixMillis,
        now: UnixMillis,
    ) -> bool {
        let stored = self.directory.get(id, now).map(Arc::clone);
        let settled = stored.filter(|stored| stored.connected_at < before);
        if let Some(stored) = &settled {
            self.remove(stored, now);
        }
        settled.is_some()
    }

    pub(super) fn members(&self, slot: Slot, now: UnixMillis) -> Members {
        let documents = self
            .directory
            .documents(now)
            .filter(|document| slots::serves(slot, &document.connection_id, self.options.shards))
            .map(|document| ConnectionDocument::clone(document))
            .collect();
        Members {
            documents,
            changes_after: self.changes.last(),
        }
    }

    pub(super) fn read(&self, slot: Slot, cursor: Cursor, count: usize) -> Batch {
        let count = count.max(1);
        let shards = self.options.shards;
        let events = self.events.read(cursor.events, count);
        let changes = self
            .changes
            .read(cursor.changes, count, |id| slots::serves(slot, id, shards));
        Batch {
            read_to: Cursor {
                events: events.read_to,
                changes: changes.read_to,
            },
            events: events.entries,
            changes: changes.changes,
            events_cut: events.cut,
            changes_until: changes.until,
            trimmed: events.trimmed,
        }
    }

    /// Drops what has expired unseen, once in a while.
    pub(super) fn sweep(&mut self, now: UnixMillis) {
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now.plus(SWEEP_EVERY);
        self.limits.sweep(now);
        self.waits.sweep(now);
        self.directory.sweep(now);
        self.allowances.sweep(now);
    }

    fn take_place(
        &mut self,
        document: &ConnectionDocument,
        allowance: Option<u32>,
        now: UnixMillis,
    ) -> bool {
        let (Some(allowance), Some(principal)) = (allowance, &document.principal) else {
            return true;
        };
        let until = document.expires_at();
        let id = &document.connection_id;
        self.allowances
            .take(&principal.user_id, id, allowance, until, now)
    }

    fn change(&mut self, kind: ChangeKind, now: UnixMillis) {
        self.changes.append(kind, self.events.last(), now);
        let done = self.leases.changes_done(now);
        self.changes.trim(self.options.max_changes, done);
    }
}

#[cfg(test)]
mod tests;
