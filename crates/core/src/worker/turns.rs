//! Turns: which lane goes on next, and which have to wait for a time to come.

use std::collections::{BTreeSet, VecDeque};

use super::engine::Engine;
use crate::delivery::{Ask, Job, Recency};
use crate::identifier::ConnectionId;
use crate::time::UnixMillis;

/// The lanes with something to do. Those that may go on take turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    ready: VecDeque<ConnectionId>,
    parked: BTreeSet<(UnixMillis, ConnectionId)>,
    recency: Recency,
    /// Lanes that could go on if the change log had been read since their last frame started.
    unsure: Vec<ConnectionId>,
    wants_read: bool,
}

impl Turns {
    /// Takes the next lane whose time has come.
    pub(super) fn next_awake(&mut self, now: UnixMillis) -> Option<ConnectionId> {
        self.parked.first().filter(|(at, _)| *at <= now)?;
        self.parked.pop_first().map(|(_, id)| id)
    }

    /// When the next lane's time comes.
    pub(super) fn next_at(&self) -> Option<UnixMillis> {
        self.parked.first().map(|(at, _)| *at)
    }
}

impl Engine {
    /// Gives a lane a place among those that may go on, or among those that wait; once.
    pub(super) fn schedule(&mut self, id: &ConnectionId, now: UnixMillis) {
        let Some(lane) = self.lanes.get_mut(id).filter(|lane| lane.has_work()) else {
            return;
        };
        if let Some(at) = lane.wakes_at(now) {
            if lane.parked_until != Some(at) {
                let before = lane.parked_until.replace(at);
                let before = before.map(|before| (before, id.clone()));
                before.map(|before| self.turns.parked.remove(&before));
                self.turns.parked.insert((at, id.clone()));
            }
        } else if !std::mem::replace(&mut lane.queued, true) {
            self.turns.ready.push_back(id.clone());
        }
    }

    /// A lane's time has come.
    pub(super) fn wake(&mut self, id: &ConnectionId, now: UnixMillis) {
        if let Some(lane) = self.lanes.get_mut(id) {
            lane.parked_until = None;
            self.schedule(id, now);
        }
    }

    /// The next job, if any lane has one.
    pub(crate) fn next_job(&mut self, now: UnixMillis) -> Option<(ConnectionId, Job)> {
        while let Some(id) = self.turns.ready.pop_front() {
            let Some(lane) = self.lanes.get_mut(&id) else {
                continue;
            };
            let is_unsure = |at| !self.turns.recency.is_past(at);
            if lane.has_work() && lane.started.is_some_and(is_unsure) {
                // It stays queued, so that it stands in one place only.
                self.turns.unsure.push(id);
                self.turns.wants_read = true;
                continue;
            }
            lane.queued = false;
            if let Some(job) = lane.next(now) {
                lane.started = Some(self.turns.recency.start());
                self.turns.wants_read |= lane.has_next(now);
                return Some((id, job));
            }
            self.schedule(&id, now);
        }
        None
    }

    /// Whether a lane waits to know what has changed, or soon will. Asks once.
    pub(crate) fn wants_read(&mut self) -> bool {
        std::mem::take(&mut self.turns.wants_read)
    }

    /// A read of the logs is asked for.
    pub(crate) fn ask(&mut self) -> Ask {
        self.turns.recency.ask()
    }

    /// Everything that a read has found is taken.
    pub(crate) fn answered(&mut self, ask: Ask) {
        self.turns.recency.answer(ask);
        let unsure = self.turns.unsure.drain(..);
        self.turns.ready.extend(unsure);
    }

    /// A read has found a change that is not taken yet: who waits goes on waiting.
    pub(crate) fn unanswered(&mut self) {
        self.turns.wants_read = true;
    }
}
