//! Replays: who is to be told what was missed, gathered from the past a little at a time, so that
//! many that return together hold up neither each other nor what is live.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::history::{History, Known, Past};
use crate::delivery::{Again, Message, ReplayResult, ReplayStatus, SharedEvent};
use crate::event::LatestKey;
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::ports::History as Page;
use crate::time::UnixMillis;

/// Most replays at a time; the others wait their turn.
pub(crate) const MAX_ACTIVE: usize = 256;

/// Most messages of a replay, unless it is set.
const REPLAY_LIMIT: usize = 1_000;

/// Most reads of the past at a time.
const MAX_READS: usize = 4;

/// Pause after a read that failed.
const READ_RETRY: Duration = Duration::from_millis(250);

/// How long an order pins the change log. The connection may ask again by then.
const PIN_LIFE: Duration = Duration::from_secs(60);

/// An order to replay, at its place in both logs.
#[derive(Debug)]
pub(crate) struct ReplayOrder {
    pub(crate) connection_id: ConnectionId,
    /// After this place.
    pub(crate) since: Offset,
    /// The newest place when it was ordered.
    pub(crate) at: Offset,
    /// Up to this place; what matched after it waits in the lane.
    pub(crate) up_to: Offset,
    pub(crate) ordered_at: UnixMillis,
}

/// A message that a connection wants.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) message: Message,
    /// Only if no later one of its key was missed as well.
    pub(crate) latest_only: bool,
}

/// All that a replay has to tell, oldest first.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) connection_id: ConnectionId,
    pub(crate) messages: Vec<(Again, Message)>,
    pub(crate) result: ReplayResult,
}

#[derive(Debug)]
pub(crate) struct Replays {
    limit: usize,
    pub(crate) history: History,
    /// Every order that is not done with, by its place in the change log.
    orders: BTreeMap<Offset, Search>,
    /// The same by connection; the first of each goes on, the others wait for it.
    by_connection: HashMap<ConnectionId, VecDeque<Offset>>,
    /// Those that may go on and wait their turn.
    queue: VecDeque<Offset>,
    active: BTreeSet<Offset>,
    /// Of the active ones, those that still look.
    looking: VecDeque<Offset>,
    reading: BTreeSet<Offset>,
    read_again_at: Option<UnixMillis>,
    /// Whose result may go once their place is given back.
    ending: Vec<ConnectionId>,
}

/// A replay on its way back through the log.
#[derive(Debug)]
struct Search {
    order: ReplayOrder,
    /// What has been looked at ends here.
    end: Offset,
    /// Newest first.
    found: Vec<Message>,
    /// Where in it the oldest of each key stands.
    latest: HashMap<Arc<LatestKey>, usize>,
    /// Something may be missing that is not in the log.
    gap: bool,
}

impl Replays {
    /// The worker follows the log from here on.
    pub(crate) fn from(start: Offset) -> Self {
        Self {
            limit: REPLAY_LIMIT,
            history: History::from(start),
            orders: BTreeMap::new(),
            by_connection: HashMap::new(),
            queue: VecDeque::new(),
            active: BTreeSet::new(),
            looking: VecDeque::new(),
            reading: BTreeSet::new(),
            read_again_at: None,
            ending: Vec::new(),
        }
    }

    /// Sets how many messages a replay has at most.
    pub(crate) fn limit_to(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Takes an order. A connection's orders are carried out one after the other.
    pub(crate) fn order(&mut self, id: Offset, order: ReplayOrder) {
        let of_connection = self
            .by_connection
            .entry(order.connection_id.clone())
            .or_default();
        of_connection.push_back(id);
        if of_connection.len() == 1 {
            self.queue.push_back(id);
        }
        let search = Search {
            end: order.up_to,
            order,
            found: Vec::new(),
            latest: HashMap::new(),
            gap: false,
        };
        self.orders.insert(id, search);
        self.activate();
    }

    /// Whether the connection has an order that is not done with.
    pub(crate) fn has(&self, connection_id: &ConnectionId) -> bool {
        self.by_connection.contains_key(connection_id)
    }

    /// The connection's first order is done with, or given up. Answers whether another follows.
    pub(crate) fn done(&mut self, connection_id: &ConnectionId) -> bool {
        let Some(of_connection) = self.by_connection.get_mut(connection_id) else {
            return false;
        };
        let done = of_connection.pop_front();
        let next = of_connection.front().copied();
        if let Some(done) = done {
            self.drop_order(done);
        }
        match next {
            Some(next) => self.queue.push_back(next),
            None => {
                self.by_connection.remove(connection_id);
            }
        }
        self.activate();
        next.is_some()
    }

    /// The connection is gone.
    pub(crate) fn forget(&mut self, connection_id: &ConnectionId) {
        while self.done(connection_id) {}
    }

    fn drop_order(&mut self, id: Offset) {
        self.orders.remove(&id);
        if !self.active.remove(&id) {
            self.queue.retain(|queued| *queued != id);
        }
        self.looking.retain(|looking| *looking != id);
        if self.orders.is_empty() {
            self.history.forget_pages();
        }
    }

    fn activate(&mut self) {
        while self.active.len() < MAX_ACTIVE
            && let Some(id) = self.queue.pop_front()
        {
            self.active.insert(id);
            self.looking.push_back(id);
        }
    }

    /// Goes on looking, at most `budget` entries in all; those that have found everything come out.
    pub(crate) fn look(
        &mut self,
        mut budget: usize,
        wants: impl Fn(&ConnectionId, &Arc<SharedEvent>) -> Option<Wanted>,
    ) -> Vec<Gathered> {
        let mut gathered = Vec::new();
        for _ in 0..self.looking.len() {
            if budget == 0 {
                break;
            }
            let Some(id) = self.looking.pop_front() else {
                break;
            };
            let Some(search) = self.orders.get_mut(&id) else {
                continue;
            };
            match search.look(&self.history, self.limit, &mut budget, &wants) {
                Some(result) => gathered.push(search.gathered(result, self.limit)),
                None => self.looking.push_back(id),
            }
        }
        gathered
    }

    /// Whether somebody can go on looking without a read.
    pub(crate) fn can_look(&self) -> bool {
        let mut looking = self.looking.iter().filter_map(|id| self.orders.get(id));
        looking.any(|search| !search.needs_read(&self.history))
    }

    /// The end of the next page to read, if there is one to read now.
    pub(crate) fn next_read(&mut self, now: UnixMillis) -> Option<Offset> {
        if self.reading.len() >= MAX_READS || self.read_again_at.is_some_and(|at| now < at) {
            return None;
        }
        self.read_again_at = None;
        let searches = self.looking.iter().filter_map(|id| self.orders.get(id));
        let up_to = searches
            .filter(|search| search.needs_read(&self.history))
            .map(|search| search.end)
            .find(|end| !self.reading.contains(end))?;
        self.reading.insert(up_to);
        Some(up_to)
    }

    /// Takes what a read of the page up to `up_to` found, or that it failed.
    pub(crate) fn take_page(&mut self, up_to: Offset, page: Option<Page>, now: UnixMillis) {
        self.reading.remove(&up_to);
        match page {
            Some(page) => self.history.keep(up_to, page),
            None => self.read_again_at = Some(now.plus(READ_RETRY)),
        }
    }

    /// When there is something to do that waits for time alone; long ago if it need not wait.
    pub(crate) fn wakes_at(&self) -> Option<UnixMillis> {
        if self.can_look() {
            return Some(UnixMillis::default());
        }
        self.read_again_at.filter(|_| !self.looking.is_empty())
    }

    /// A replay has told everything but its result.
    pub(crate) fn end(&mut self, connection_id: ConnectionId) {
        self.ending.push(connection_id);
    }

    /// Whose places are to be given back.
    pub(crate) fn take_ending(&mut self) -> Vec<ConnectionId> {
        std::mem::take(&mut self.ending)
    }

    /// Up to where the change log holds no order that is still to be carried out. An order stops
    /// pinning after a minute.
    pub(crate) fn pin(&self, now: UnixMillis) -> Option<Offset> {
        let mut pinning = self.orders.iter();
        let pinned = pinning.find(|(_, search)| now.since(search.order.ordered_at) < PIN_LIFE);
        pinned.map(|(id, _)| id.preceding())
    }
}

impl Search {
    fn needs_read(&self, history: &History) -> bool {
        self.end > self.order.since && matches!(history.before(self.end), Known::Nothing)
    }

    /// Goes on until it is done, its budget is spent, or a page is missing. Answers the status if
    /// it is done.
    fn look(
        &mut self,
        history: &History,
        limit: usize,
        budget: &mut usize,
        wants: impl Fn(&ConnectionId, &Arc<SharedEvent>) -> Option<Wanted>,
    ) -> Option<ReplayStatus> {
        if self.order.since > self.order.at {
            // The log does not know the place, and nobody what came after it.
            return Some(ReplayStatus::Expired);
        }
        let since = self.order.since;
        while self.end > since {
            let Known::Entries {
                entries,
                after,
                trimmed_up_to,
            } = history.before(self.end)
            else {
                return None;
            };
            for past in entries.take_while(|past| past.offset() > since) {
                if *budget == 0 {
                    return None;
                }
                *budget -= 1;
                self.end = past.offset().preceding();
                let Past::Event(event) = past else {
                    self.gap = true;
                    continue;
                };
                let Some(wanted) = wants(&self.order.connection_id, event) else {
                    continue;
                };
                self.find(wanted);
                if self.found.len() > limit {
                    return Some(ReplayStatus::Partial);
                }
            }
            self.end = after;
            if let Some(trimmed_up_to) = trimmed_up_to {
                return Some(self.at_the_logs_begin(trimmed_up_to));
            }
        }
        Some(self.complete())
    }

    /// Keeps a message, unless a later one that was found takes its place.
    fn find(&mut self, wanted: Wanted) {
        let message = wanted.message;
        if let Some(key) = message.event.latest_key.as_ref() {
            let later = self
                .latest
                .get(key)
                .and_then(|later| self.found.get(*later));
            let is_superseded = later.is_some_and(|later| message.is_covered_by(later));
            if wanted.latest_only && is_superseded {
                return;
            }
            self.latest.insert(Arc::clone(key), self.found.len());
        }
        self.found.push(message);
    }

    fn at_the_logs_begin(&self, trimmed_up_to: Offset) -> ReplayStatus {
        match (self.order.since < trimmed_up_to, self.found.is_empty()) {
            (true, true) => ReplayStatus::Expired,
            (true, false) => ReplayStatus::Partial,
            (false, _) => self.complete(),
        }
    }

    fn complete(&self) -> ReplayStatus {
        if self.gap {
            ReplayStatus::Partial
        } else {
            ReplayStatus::Recovered
        }
    }

    fn gathered(&mut self, status: ReplayStatus, limit: usize) -> Gathered {
        self.latest = HashMap::new();
        let mut found = std::mem::take(&mut self.found);
        found.truncate(limit);
        let oldest_first = found.into_iter().rev();
        Gathered {
            connection_id: self.order.connection_id.clone(),
            messages: oldest_first
                .map(|message| (Again::Replay, message))
                .collect(),
            result: ReplayResult {
                status,
                offset: self.order.up_to,
            },
        }
    }
}

#[cfg(test)]
mod tests;
