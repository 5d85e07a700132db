//! Turns: which lane goes on next, and which have to wait for a time to come.

use std::collections::{BTreeSet, VecDeque};

use super::engine::Engine;
use crate::delivery::{Ask, Budget, Job, Recency, Turn};
use crate::identifier::ConnectionId;
use crate::policy::FrameBudget;
use crate::time::UnixMillis;

/// The lanes with something to do. Those that may go on take turns, one frame each, as far as the
/// frame budget goes; so where it is short everybody waits equally long.
#[derive(Debug)]
pub(super) struct Turns {
    budget: Budget,
    /// When the budget may allow a frame, since it just did not.
    allowed_at: Option<UnixMillis>,
    /// Nobody posts before this: the account is throttled.
    held_until: UnixMillis,
    /// Lanes in which something urgent waits.
    urgent: VecDeque<ConnectionId>,
    ordinary: VecDeque<ConnectionId>,
    parked: BTreeSet<(UnixMillis, ConnectionId)>,
    recency: Recency,
    /// Lanes that could go on if the change log had been read since their last frame started.
    unsure: Vec<(Turn, ConnectionId)>,
    wants_read: bool,
}

impl Turns {
    pub(super) fn new(share: FrameBudget, now: UnixMillis) -> Self {
        Self {
            budget: Budget::new(share, now),
            allowed_at: None,
            held_until: UnixMillis::default(),
            urgent: VecDeque::new(),
            ordinary: VecDeque::new(),
            parked: BTreeSet::new(),
            recency: Recency::default(),
            unsure: Vec::new(),
            wants_read: false,
        }
    }

    /// Takes the next lane whose time has come.
    pub(super) fn next_awake(&mut self, now: UnixMillis) -> Option<ConnectionId> {
        self.parked.first().filter(|(at, _)| *at <= now)?;
        self.parked.pop_first().map(|(_, id)| id)
    }

    /// Forgets for what the budget was waited; the next [`Engine::next_job`] finds out again.
    pub(super) fn ask_budget_again(&mut self) {
        self.allowed_at = None;
    }

    /// Lets nobody post until then.
    pub(super) fn hold(&mut self, until: UnixMillis) {
        self.held_until = until;
    }

    /// When the next lane's time comes, or the budget's.
    pub(super) fn next_at(&self) -> Option<UnixMillis> {
        let parked = self.parked.first().map(|(at, _)| *at);
        parked.into_iter().chain(self.allowed_at).min()
    }

    /// Whose turn it is, if the budget allows a frame.
    fn turn(&mut self, now: UnixMillis) -> Option<Turn> {
        let (urgent, ordinary) = (!self.urgent.is_empty(), !self.ordinary.is_empty());
        if now < self.held_until {
            self.allowed_at = (urgent || ordinary).then_some(self.held_until);
            return None;
        }
        let turn = self.budget.turn(urgent, ordinary, now);
        if turn.is_none() && (urgent || ordinary) {
            self.allowed_at = Some(self.budget.next_at());
        }
        turn
    }

    fn push(&mut self, turn: Turn, id: ConnectionId) {
        match turn {
            Turn::Urgent => self.urgent.push_back(id),
            Turn::Ordinary => self.ordinary.push_back(id),
        }
    }

    fn pop(&mut self, turn: Turn) -> Option<ConnectionId> {
        match turn {
            Turn::Urgent => self.urgent.pop_front(),
            Turn::Ordinary => self.ordinary.pop_front(),
        }
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
            return;
        }
        let (turn, is_queued) = if lane.is_urgent() {
            (Turn::Urgent, &mut lane.queued.urgent)
        } else {
            (Turn::Ordinary, &mut lane.queued.ordinary)
        };
        if !std::mem::replace(is_queued, true) {
            self.turns.push(turn, id.clone());
        }
    }

    /// A lane's time has come.
    pub(super) fn wake(&mut self, id: &ConnectionId, now: UnixMillis) {
        if let Some(lane) = self.lanes.get_mut(id) {
            lane.parked_until = None;
            self.schedule(id, now);
        }
    }

    /// The next job, if any lane has one and the budget allows it.
    pub(crate) fn next_job(&mut self, now: UnixMillis) -> Option<(ConnectionId, Job)> {
        while let Some(turn) = self.turns.turn(now)
            && let Some(id) = self.turns.pop(turn)
        {
            let Some(lane) = self.lanes.get_mut(&id) else {
                continue;
            };
            let is_unsure = |at| !self.turns.recency.is_past(at);
            if lane.has_work() && lane.started.is_some_and(is_unsure) {
                // It stays queued, so that it stands in one place only.
                self.turns.unsure.push((turn, id));
                self.turns.wants_read = true;
                continue;
            }
            match turn {
                Turn::Urgent => lane.queued.urgent = false,
                Turn::Ordinary => lane.queued.ordinary = false,
            }
            if let Some(job) = lane.next(now) {
                lane.started = Some(self.turns.recency.start());
                self.turns.wants_read |= lane.has_next(now);
                self.turns.budget.start(turn, job.bytes());
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
        for (turn, id) in std::mem::take(&mut self.turns.unsure) {
            self.turns.push(turn, id);
        }
    }

    /// A read has found a change that is not taken yet: who waits goes on waiting.
    pub(crate) fn unanswered(&mut self) {
        self.turns.wants_read = true;
    }
}
