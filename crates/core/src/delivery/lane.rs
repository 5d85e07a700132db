//! A lane: what waits for one connection, and the one post that is in flight.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::Message;
use super::backlog::{Backlog, Next};
use super::options::LaneOptions;
use super::pace::{Pace, Urgency};
use super::pack::Pack;
use super::queue::{Displaced, Queue};
use super::recency::Started;
use crate::event::LatestKey;
use crate::offset::Offset;
use crate::ports::{Marks, PostOutcome};
use crate::time::UnixMillis;

/// How often a post is tried before its messages are given up.
const MAX_ATTEMPTS: u32 = 4;

/// How often a throttled post is tried: about a minute. Throttling is no fault of the
/// message, so it slows the lane down long before it costs anything.
const MAX_THROTTLED: u32 = 20;

/// Longest pause before the first retry; it doubles with each, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Longest pause before any retry.
const LONGEST_PAUSE: Duration = Duration::from_millis(3_200);

/// How long after it connected a connection may still answer 410 because `$connect` has not
/// returned yet.
const SETTLING: Duration = Duration::from_secs(5);

/// What goes to a connection.
#[derive(Debug, Clone)]
pub(crate) enum Load {
    /// An event.
    Message(Message),
    /// A frame of the service's own.
    Control(Bytes),
    /// The end.
    Close,
}

/// What the worker has to do for a lane.
#[derive(Debug, Clone)]
pub(crate) enum Job {
    Post(Bytes),
    Close,
}

impl Job {
    /// How many bytes it sends.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Post(frame) => frame.len(),
            Self::Close => 0,
        }
    }
}

/// What a finished job means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// These offsets are done with.
    Done {
        offsets: Vec<Offset>,
        delivered: bool,
    },
    /// Again, after a pause.
    Retry,
    /// The connection is gone.
    Gone,
}

#[derive(Debug, Default)]
pub(crate) struct Lane {
    waiting: Queue,
    pub(super) options: LaneOptions,
    pace: Pace,
    in_flight: Option<InFlight>,
    /// What goes before everything that waits.
    pub(super) backlog: Option<Backlog>,
    /// Whether a backlog has come to its end since somebody asked.
    pub(super) caught_up: bool,
    /// The last message that was due, whatever became of it; none when that is not known.
    last_due: Option<Offset>,
    sent: Offset,
    /// Nothing up to here is owed any more, whoever goes on: where the connection joined, or where
    /// events may be missing.
    floor: Offset,
    paused_until: UnixMillis,
    connected_at: UnixMillis,
    /// In which queues of those that may go on it stands.
    pub(crate) queued: Queued,
    /// When it is woken, if it waits for a time to come.
    pub(crate) parked_until: Option<UnixMillis>,
    /// When the last job started.
    pub(crate) started: Option<Started>,
}

/// The queues in which a lane stands.
#[derive(Debug, Default)]
pub(crate) struct Queued {
    pub(crate) urgent: bool,
    pub(crate) ordinary: bool,
}

#[derive(Debug)]
struct InFlight {
    job: Job,
    /// Whether something urgent was in it or behind it when it started.
    urgent: bool,
    /// The messages in it.
    offsets: Vec<Offset>,
    attempts: u32,
    running: bool,
    of_backlog: Option<OfBacklog>,
}

/// Frames of a backlog are not given up while the session lasts: nobody would see that one is
/// missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfBacklog {
    More,
    Last,
}

impl Lane {
    /// A lane that goes on after `marks`: what was due past `sent` comes again from the log.
    pub(crate) fn new(connected_at: UnixMillis, marks: Marks) -> Self {
        Self {
            last_due: Some(marks.sent),
            sent: marks.sent,
            connected_at,
            ..Self::default()
        }
    }

    /// The lane of a connection that joined after the event `at`.
    pub(crate) fn joined(connected_at: UnixMillis, at: Offset) -> Self {
        Self {
            floor: at,
            ..Self::new(connected_at, Marks::default())
        }
    }

    /// Events may be missing before `gap`, so nobody knows what was due before, unless something
    /// after it was. Answers whether that is news.
    pub(crate) fn forget_predecessor(&mut self, gap: Offset) -> bool {
        if self.last_due.is_some_and(|last| last >= gap) {
            return false;
        }
        self.last_due = None;
        self.floor = self.floor.max(gap);
        true
    }

    /// Takes the connection's options, for what waits as well.
    pub(crate) fn configure(&mut self, options: LaneOptions, now: UnixMillis) {
        self.pace.set(options.interval, now);
        self.options = options;
    }

    /// Adds to the end.
    pub(crate) fn push(&mut self, load: Load) -> Displaced {
        self.waiting.push(load, &self.options)
    }

    /// Keeps of the waiting messages what `still` says; the others were never due after all, nor
    /// is what the options make worthless. Answers the offsets that are out.
    pub(crate) fn recheck(&mut self, mut still: impl FnMut(&mut Message) -> bool) -> Vec<Offset> {
        if let Some(backlog) = &mut self.backlog {
            backlog.recheck(&mut still);
        }
        self.waiting.recheck(&self.options, still)
    }

    /// The oldest message that waits.
    pub(super) fn waiting_from(&self) -> Option<Offset> {
        self.waiting.offsets().next()
    }

    /// Everything up to `looked_up_to` is told, so it may count as known.
    pub(super) fn know_predecessor(&mut self, looked_up_to: Offset) {
        self.last_due = self.last_due.or(Some(looked_up_to));
    }

    /// Takes back a close that waits, with the goodbye before it: there was time after all.
    pub(crate) fn reprieve(&mut self) {
        self.waiting.reprieve();
    }

    /// The next thing to do, unless a post is in flight or the lane has to wait.
    pub(crate) fn next(&mut self, now: UnixMillis) -> Option<Job> {
        if now < self.opens_at() {
            return None;
        }
        if self.in_flight.is_none() {
            self.in_flight = Some(self.start(now)?);
        }
        let in_flight = self
            .in_flight
            .as_mut()
            .filter(|in_flight| !in_flight.running)?;
        in_flight.running = true;
        in_flight.attempts += 1;
        Some(in_flight.job.clone())
    }

    fn start(&mut self, now: UnixMillis) -> Option<InFlight> {
        match self.next_of_backlog(now) {
            Next::Frame(frame) => return Some(InFlight::of_backlog(frame, OfBacklog::More)),
            Next::Last(frame) => return Some(InFlight::of_backlog(frame, OfBacklog::Last)),
            Next::Wait => return None,
            Next::Nothing => {}
        }
        let mut offsets = Vec::new();
        let urgent = self.is_urgent();
        self.pass_dropped();
        let job = match self.waiting.front()? {
            Load::Message(_) => {
                self.pace.start(now);
                Job::Post(self.pack(now, &mut offsets))
            }
            Load::Control(frame) => {
                let frame = frame.clone();
                self.waiting.pop();
                Job::Post(frame)
            }
            Load::Close => {
                self.waiting.pop();
                Job::Close
            }
        };
        Some(InFlight {
            job,
            urgent,
            offsets,
            attempts: 0,
            running: false,
            of_backlog: None,
        })
    }

    fn next_of_backlog(&mut self, now: UnixMillis) -> Next {
        let Some(backlog) = &mut self.backlog else {
            return Next::Nothing;
        };
        // Nothing is replayed to a session that ends.
        let next = if self.waiting.has_close() {
            Next::Nothing
        } else {
            backlog.next(now, self.options.batch)
        };
        match &next {
            Next::Frame(_) => self.pace.start(now),
            Next::Last(_) => self.backlog = None,
            Next::Nothing => {
                self.backlog = None;
                self.caught_up = true;
            }
            Next::Wait => {}
        }
        next
    }

    /// Takes as many messages as one frame holds, each with its predecessor.
    fn pack(&mut self, now: UnixMillis, offsets: &mut Vec<Offset>) -> Bytes {
        let expected = match self.waiting.front() {
            Some(first) if !self.options.batch => first.bytes(),
            _ => self.waiting.bytes(),
        };
        let mut pack = Pack::new(now, expected);
        while let Some(Load::Message(message)) = self.waiting.front()
            && pack.add(message, self.last_due)
        {
            let offset = message.offset();
            self.waiting.pop();
            self.last_due = Some(offset);
            offsets.push(offset);
            if !self.options.batch {
                break;
            }
            self.pass_dropped();
        }
        pack.finish()
    }

    /// What made room was due: it is the predecessor of what comes after it.
    fn pass_dropped(&mut self) {
        self.last_due = self.last_due.max(self.waiting.pass_dropped());
    }

    /// Takes the outcome of the job in flight.
    pub(crate) fn finish(&mut self, outcome: PostOutcome, now: UnixMillis, random: u64) -> Verdict {
        let Some(in_flight) = &mut self.in_flight else {
            return Verdict::Done {
                offsets: Vec::new(),
                delivered: false,
            };
        };
        in_flight.running = false;
        let is_close = matches!(in_flight.job, Job::Close);
        let of_backlog = in_flight.of_backlog;
        let is_stubborn = is_close || (of_backlog.is_some() && !self.waiting.has_close());
        let may_retry = match outcome {
            PostOutcome::Gone => now.since(self.connected_at) < SETTLING,
            PostOutcome::Throttled => is_stubborn || in_flight.attempts < MAX_THROTTLED,
            PostOutcome::Failed => is_stubborn || in_flight.attempts < MAX_ATTEMPTS,
            PostOutcome::Delivered | PostOutcome::TooLarge => false,
        };
        if may_retry {
            self.paused_until = now.plus(pause(in_flight.attempts, random));
            return Verdict::Retry;
        }
        if is_close || outcome == PostOutcome::Gone {
            return Verdict::Gone;
        }
        let offsets = std::mem::take(&mut in_flight.offsets);
        self.in_flight = None;
        self.caught_up |= of_backlog == Some(OfBacklog::Last);
        self.sent = offsets.iter().copied().fold(self.sent, Offset::max);
        Verdict::Done {
            offsets,
            delivered: outcome == PostOutcome::Delivered,
        }
    }

    /// Every offset that is not done with: the connection is gone.
    pub(crate) fn abandon(self) -> Vec<Offset> {
        let waiting = self.waiting.offsets().collect::<Vec<_>>();
        let in_flight = self.in_flight.map(|flight| flight.offsets);
        in_flight.into_iter().flatten().chain(waiting).collect()
    }

    /// When the next job may start.
    fn opens_at(&self) -> UnixMillis {
        if self.in_flight.is_some() {
            return self.paused_until;
        }
        self.paused_until.max(self.pace.opens_at(self.urgency()))
    }

    /// When the lane may go on, if it has something to do and has to wait.
    pub(crate) fn wakes_at(&self, now: UnixMillis) -> Option<UnixMillis> {
        Some(self.opens_at()).filter(|at| self.has_work() && *at > now)
    }

    /// What was missed is in no hurry, and nothing that waits behind it can be.
    fn urgency(&self) -> Urgency {
        if self.backlog.is_some() && !self.waiting.has_close() {
            return Urgency::Normal;
        }
        self.waiting.urgency()
    }

    /// Whether something urgent waits, if only behind other messages.
    pub(crate) fn is_urgent(&self) -> bool {
        match &self.in_flight {
            Some(in_flight) => in_flight.urgent,
            None => self.urgency() != Urgency::Normal,
        }
    }

    /// Whether there is something to do that is not being done.
    pub(crate) fn has_work(&self) -> bool {
        match &self.in_flight {
            Some(in_flight) => !in_flight.running,
            None => match &self.backlog {
                Some(backlog) => backlog.has_work() || self.waiting.has_close(),
                None => self.waiting.len() > 0,
            },
        }
    }

    /// Whether something waits that may go as soon as the job in flight is done.
    pub(crate) fn has_next(&self, now: UnixMillis) -> bool {
        let has_more = match &self.backlog {
            Some(backlog) => backlog.has_work(),
            None => self.waiting.len() > 0,
        };
        has_more && self.pace.opens_at(self.urgency()) <= now
    }

    pub(crate) fn waiting(&self) -> usize {
        let backlog = self.backlog.as_ref().map_or(0, Backlog::len);
        self.waiting.len() + backlog
    }

    /// What a checkpoint says of it. Where nothing older waits, `sent` is at least the floor: who
    /// goes on need not look further back, and tells a gap by a predecessor that nobody got.
    pub(crate) fn marks(&self) -> Marks {
        let in_flight = self.in_flight.iter().flat_map(|flight| &flight.offsets);
        let mut oldest = in_flight.clone().copied().chain(self.waiting.offsets());
        let newest = self
            .waiting
            .last_due()
            .or_else(|| in_flight.last().copied());
        let sent = match oldest.next() {
            Some(oldest) if oldest <= self.floor => self.sent,
            _ => self.sent.max(self.floor),
        };
        Marks {
            sent,
            due: newest.or(self.last_due).unwrap_or(sent).max(sent),
        }
    }
}

impl InFlight {
    fn of_backlog(frame: Bytes, which: OfBacklog) -> Self {
        Self {
            job: Job::Post(frame),
            offsets: Vec::new(),
            attempts: 0,
            urgent: false,
            running: false,
            of_backlog: Some(which),
        }
    }
}

impl Load {
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Message(message) => message.bytes(),
            Self::Control(frame) => frame.len(),
            Self::Close => 0,
        }
    }

    pub(super) fn offset(&self) -> Option<Offset> {
        match self {
            Self::Message(message) => Some(message.offset()),
            Self::Control(_) | Self::Close => None,
        }
    }

    pub(super) fn latest_key(&self) -> Option<&Arc<LatestKey>> {
        match self {
            Self::Message(message) => message.event.latest_key.as_ref(),
            Self::Control(_) | Self::Close => None,
        }
    }

    pub(super) fn urgency(&self) -> Urgency {
        match self {
            Self::Message(message) if message.is_urgent() => Urgency::High,
            Self::Message(_) => Urgency::Normal,
            Self::Control(_) | Self::Close => Urgency::Service,
        }
    }
}

/// Between half and all of a doubling pause.
fn pause(attempts: u32, random: u64) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    let longest = doubled.min(LONGEST_PAUSE);
    let half = u64::try_from(longest.as_millis() / 2)
        .unwrap_or(u64::MAX)
        .max(1);
    Duration::from_millis(half + random % half)
}

#[cfg(test)]
mod tests;
