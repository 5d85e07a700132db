//! The engine: everything the worker decides, without a single wait.
//! Reads and outcomes go in; jobs, a checkpoint and connections to forget come out.

mod catch_up;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::deadlines::{Deadline, Deadlines};
use super::history::Past;
use super::inherited::{Inherited, owed_from};
use super::order::{Order, Step};
use super::replays::Replays;
use super::rewind::rewind;
use super::turns::Turns;
use crate::connection::ConnectionDocument;
use crate::delivery::{
    Lane, LaneOptions, Load, Message, Progress, SharedEvent, Throttle, Verdict, auth_expiring,
    goodbye,
};
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::policy::FrameBudget;
use crate::ports::{
    Batch, Change, ChangeKind, Checkpoint, Cursor, Lease, LogEntry, Members, PostOutcome, Record,
};
use crate::routing::{Applied, RoutedEvent, RoutingIndex};
use crate::stats::Counts;
use crate::time::UnixMillis;

use catch_up::Place;

/// Clients that were told goodbye return at most this often: API Gateway admits 500 new
/// connections a second, and this leaves room for others.
const RETURN_INTERVAL: Duration = Duration::from_millis(1_000 / 200);

/// Where a holder starts to read: where something is still owed, and where the members are known.
pub(crate) fn start(lease: &Lease, members: &Members) -> Cursor {
    Cursor {
        events: owed_from(lease),
        // What a store that has lost its data remembers of changes is only what came back.
        changes: if lease.first {
            members.changes_after
        } else {
            lease.cursor.changes
        },
    }
}

#[derive(Debug)]
pub(crate) struct Engine {
    index: RoutingIndex,
    pub(super) lanes: HashMap<ConnectionId, Lane>,
    order: Order,
    progress: Progress,
    replays: Replays,
    deadlines: Deadlines,
    pub(super) turns: Turns,
    throttle: Throttle,
    inherited: Inherited,
    changed: HashSet<ConnectionId>,
    forgotten: Vec<ConnectionId>,
    counts: Counts,
    next_return: UnixMillis,
}

impl Engine {
    /// Goes on where the lease's last holder left off.
    pub(crate) fn new(
        lease: &Lease,
        members: Members,
        backlog: Vec<Batch>,
        budget: FrameBudget,
        now: UnixMillis,
    ) -> Self {
        let inherited = Inherited::of(lease);
        let start = start(lease, &members);
        let mut engine = Self {
            index: RoutingIndex::default(),
            lanes: HashMap::new(),
            order: Order::from(start),
            progress: Progress::from(lease.cursor.events),
            replays: Replays::from(start.events),
            deadlines: Deadlines::default(),
            turns: Turns::new(budget, now),
            throttle: Throttle::default(),
            inherited,
            changed: HashSet::new(),
            forgotten: Vec::new(),
            counts: Counts::default(),
            next_return: now,
        };
        let changes = backlog.iter().flat_map(|batch| &batch.changes);
        for document in rewind(members.documents, changes) {
            // Without marks it joined after the last checkpoint.
            engine.apply(&Arc::new(document), lease.cursor.events, now);
        }
        backlog
            .into_iter()
            .for_each(|batch| engine.take(batch, now));
        engine
    }

    /// Where the next read starts.
    pub(crate) fn read_from(&self) -> Cursor {
        self.order.read_from()
    }

    /// Takes what a read found.
    pub(crate) fn take(&mut self, batch: Batch, now: UnixMillis) {
        if batch.trimmed {
            let oldest = batch.events.first().map(|entry| entry.offset);
            let oldest = oldest.unwrap_or(batch.read_to.events);
            self.forget_predecessors(oldest);
            self.replays.history.skip_to(oldest);
        }
        self.order.push(batch);
        while let Some(step) = self.order.next() {
            match step {
                Step::Change(change) => self.change(change, now),
                Step::Entry(entry) => self.entry(entry, now),
            }
        }
    }

    fn change(&mut self, change: Change, now: UnixMillis) {
        match change.kind {
            ChangeKind::Document(document) => self.apply(&document, change.at, now),
            ChangeKind::CatchUp {
                connection_id,
                connected_at,
                catch_up,
            } => {
                let document = self.index.document(&connection_id);
                if document.is_some_and(|known| known.connected_at == connected_at) {
                    let place = Place {
                        id: change.id,
                        at: change.at,
                    };
                    self.catch_up(place, &connection_id, &catch_up, now);
                }
            }
            ChangeKind::Removed {
                connection_id,
                connected_at,
            } => {
                if self.index.remove(&connection_id, connected_at) == Applied::Taken {
                    self.drop_lane(&connection_id);
                }
            }
        }
    }

    /// Takes a document; a connection that has no lane yet joined after the event `at`.
    fn apply(&mut self, document: &Arc<ConnectionDocument>, at: Offset, now: UnixMillis) {
        let id = &document.connection_id;
        if self.index.apply(Arc::clone(document)) == Applied::Stale {
            return;
        }
        self.deadlines.set(document, now);
        let lane = self.lanes.entry(id.clone()).or_insert_with(|| {
            self.changed.insert(id.clone());
            self.inherited.lane(document, at)
        });
        lane.configure(LaneOptions::of(document.subscription.as_ref()), now);
        if document.principal_at(now).is_some() && now < document.ends_at() {
            lane.reprieve();
        }
        self.recheck(id, now);
        self.schedule(id, now);
    }

    /// Takes out of a lane what its connection may not get any more, or does not want.
    fn recheck(&mut self, id: &ConnectionId, now: UnixMillis) {
        let Some(lane) = self.lanes.get_mut(id) else {
            return;
        };
        let index = &self.index;
        let out = lane.recheck(
            |message| match index.match_one(id, &message.event.routed, now) {
                Some(channels) => {
                    message.channels = channels;
                    true
                }
                None => false,
            },
        );
        if !out.is_empty() {
            self.changed.insert(id.clone());
        }
        out.into_iter()
            .for_each(|offset| self.progress.done(offset));
    }

    fn entry(&mut self, entry: LogEntry, now: UnixMillis) {
        let event = match entry.record {
            Record::Event(event) => event,
            Record::Gap => {
                self.forget_predecessors(entry.offset);
                self.replays.history.follow(Past::Gap(entry.offset));
                return self.progress.read(entry.offset, 0, false, now);
            }
        };
        let alert = event.is_alert();
        let shared = Arc::new(SharedEvent::new(RoutedEvent::new(event), entry.offset));
        self.replays
            .history
            .follow(Past::Event(Arc::clone(&shared)));
        let mut recipients = self.index.recipients(&shared.routed, now);
        recipients
            .matched
            .retain(|(id, _)| self.inherited.owes(id, entry.offset));
        self.counts.filtered = self.counts.filtered.saturating_add(recipients.filtered);
        self.progress
            .read(entry.offset, recipients.matched.len(), alert, now);
        for (id, channels) in recipients.matched {
            self.enqueue(
                &id,
                Load::Message(Message {
                    event: Arc::clone(&shared),
                    channels,
                }),
                now,
            );
        }
    }

    fn enqueue(&mut self, id: &ConnectionId, load: Load, now: UnixMillis) {
        let Some(lane) = self.lanes.get_mut(id) else {
            return;
        };
        let displaced = lane.push(load);
        for superseded in displaced.superseded {
            self.progress.done(superseded);
        }
        for dropped in displaced.dropped {
            self.progress.done(dropped);
            self.counts.failed = self.counts.failed.saturating_add(1);
        }
        self.changed.insert(id.clone());
        self.schedule(id, now);
    }

    /// Takes a job's outcome. Answers the connection to remove from the stores, if it is gone.
    pub(crate) fn finish(
        &mut self,
        id: &ConnectionId,
        outcome: PostOutcome,
        now: UnixMillis,
        random: u64,
    ) -> Option<Arc<ConnectionDocument>> {
        let held = self.throttle.note(id, outcome, now);
        held.into_iter().for_each(|until| self.turns.hold(until));
        let lane = self.lanes.get_mut(id)?;
        match lane.finish(outcome, now, random) {
            Verdict::Done { offsets, delivered } => {
                let count = u64::try_from(offsets.len()).unwrap_or(u64::MAX);
                let counter = if delivered {
                    &mut self.counts.routed
                } else {
                    &mut self.counts.failed
                };
                *counter = counter.saturating_add(count);
                offsets
                    .into_iter()
                    .for_each(|offset| self.progress.done(offset));
                self.changed.insert(id.clone());
                self.caught_up(id);
                self.schedule(id, now);
                None
            }
            Verdict::Retry => {
                self.schedule(id, now);
                None
            }
            Verdict::Gone => {
                let document = self.index.document(id).cloned()?;
                self.index.remove(id, document.connected_at);
                self.drop_lane(id);
                Some(document)
            }
        }
    }

    fn drop_lane(&mut self, id: &ConnectionId) {
        self.deadlines.clear(id);
        self.changed.remove(id);
        self.forgotten.push(id.clone());
        self.replays.forget(id);
        if let Some(lane) = self.lanes.remove(id) {
            lane.abandon()
                .into_iter()
                .for_each(|offset| self.progress.done(offset));
        }
    }

    /// Does what time asks for.
    pub(crate) fn tick(&mut self, now: UnixMillis) {
        self.turns.ask_budget_again();
        while let Some(id) = self.turns.next_awake(now) {
            self.wake(&id, now);
        }
        // A change that is still held back may have moved a deadline.
        if self.order.is_behind() {
            return;
        }
        while let Some((id, deadline)) = self.deadlines.next_due(now) {
            self.meet(&id, deadline, now);
        }
    }

    fn meet(&mut self, id: &ConnectionId, deadline: Deadline, now: UnixMillis) {
        match deadline {
            Deadline::Unauthenticated | Deadline::CredentialOver => {
                self.recheck(id, now);
                let frame = goodbye("auth_expired", self.return_time(now));
                self.enqueue(id, Load::Control(frame), now);
                self.enqueue(id, Load::Close, now);
            }
            Deadline::LifeEnding => {
                let frame = goodbye("max_lifetime", self.return_time(now));
                self.enqueue(id, Load::Control(frame), now);
            }
            Deadline::LifeOver => self.enqueue(id, Load::Close, now),
            Deadline::CredentialExpiring => {
                let document = self.index.document(id);
                let end = document.and_then(|document| document.principal.as_ref()?.expires_at);
                let frame = end.map(auth_expiring);
                frame
                    .into_iter()
                    .for_each(|frame| self.enqueue(id, Load::Control(frame), now));
            }
        }
    }

    /// When the next client that is told goodbye should return.
    fn return_time(&mut self, now: UnixMillis) -> UnixMillis {
        let at = self.next_return.max(now);
        self.next_return = at.plus(RETURN_INTERVAL);
        at
    }

    /// When `tick` has something to do next.
    pub(crate) fn wakes_at(&self) -> Option<UnixMillis> {
        let awake = self.turns.next_at();
        let others = [self.deadlines.next_at(), self.replays.wakes_at()];
        awake.into_iter().chain(others.into_iter().flatten()).min()
    }

    /// What to write down now. Ask [`Engine::checkpointed`] to forget it once it is written.
    pub(crate) fn checkpoint(&mut self, now: UnixMillis) -> Checkpoint {
        self.index.count(&mut self.counts);
        let waiting: usize = self.lanes.values().map(Lane::waiting).sum();
        self.counts.queued = u64::try_from(waiting).unwrap_or(u64::MAX);
        let applied = self.order.applied_changes();
        let marks = |id: &ConnectionId| self.lanes.get(id).map(|lane| (id.clone(), lane.marks()));
        Checkpoint {
            cursor: Cursor {
                events: self.progress.cursor(now),
                changes: self
                    .replays
                    .pin(now)
                    .map_or(applied, |pin| pin.min(applied)),
            },
            marks: self.changed.iter().filter_map(marks).collect(),
            forgotten: self.forgotten.clone(),
            counts: self.counts.clone(),
        }
    }

    /// The last checkpoint was written.
    pub(crate) fn checkpointed(&mut self) {
        self.changed.clear();
        self.forgotten.clear();
    }

    /// Events may be missing before `gap`. A take-over may read a gap again that the last holder
    /// has met: then it is news only to those who are still owed something from before. To who wants
    /// nothing, nothing was due.
    fn forget_predecessors(&mut self, gap: Offset) {
        for (id, lane) in &mut self.lanes {
            let is_settled = gap <= self.inherited.cursor && !self.inherited.is_behind(id);
            let document = self.index.document(id);
            let wants = document.is_some_and(|document| document.wants_events());
            if wants && !is_settled && lane.forget_predecessor(gap) {
                self.changed.insert(id.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
