//! A lane: what waits for one connection, and the one post that is in flight.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::Message;
use crate::offset::Offset;
use crate::ports::{Marks, PostOutcome};
use crate::time::UnixMillis;

/// Most messages that wait in a lane.
pub(crate) const MAX_WAITING: usize = 1_000;

/// Most bytes that wait in a lane.
pub(crate) const MAX_WAITING_BYTES: usize = 1024 * 1024;

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
    waiting: VecDeque<Load>,
    waiting_bytes: usize,
    in_flight: Option<InFlight>,
    /// The last message that was due, whatever became of it; none when that is not known.
    last_due: Option<Offset>,
    sent: Offset,
    /// Nothing up to here is owed any more, whoever goes on: where the connection joined, or where
    /// events may be missing.
    floor: Offset,
    paused_until: UnixMillis,
    connected_at: UnixMillis,
    /// Whether it stands in the queue of those that may go on.
    pub(crate) queued: bool,
}

#[derive(Debug)]
struct InFlight {
    job: Job,
    offset: Option<Offset>,
    attempts: u32,
    running: bool,
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

    /// Adds to the end. Answers the offsets that had to make room: they show as a gap.
    pub(crate) fn push(&mut self, load: Load) -> Vec<Offset> {
        self.waiting_bytes += bytes(&load);
        self.waiting.push_back(load);
        let mut dropped = Vec::new();
        while self.waiting.len() > MAX_WAITING || self.waiting_bytes > MAX_WAITING_BYTES {
            match self.drop_oldest() {
                Some(offset) => dropped.push(offset),
                None => break,
            }
        }
        dropped
    }

    /// The oldest message, but never a frame of the service's own.
    fn drop_oldest(&mut self) -> Option<Offset> {
        let place = self
            .waiting
            .iter()
            .position(|load| matches!(load, Load::Message(_)))?;
        let load = self.waiting.remove(place)?;
        self.waiting_bytes -= bytes(&load);
        let offset = offset(&load)?;
        self.last_due = self.last_due.max(Some(offset));
        Some(offset)
    }

    /// Keeps of the waiting messages what `still` says; the others were never due after all.
    /// Answers the offsets that are out.
    pub(crate) fn recheck(&mut self, mut still: impl FnMut(&mut Message) -> bool) -> Vec<Offset> {
        let mut out = Vec::new();
        self.waiting.retain_mut(|load| {
            let Load::Message(message) = load else {
                return true;
            };
            let keep = still(message);
            if !keep {
                out.push(message.offset());
            }
            keep
        });
        self.waiting_bytes = self.waiting.iter().map(bytes).sum();
        out
    }

    /// Takes back a close that waits, with the goodbye before it: there was time after all.
    pub(crate) fn reprieve(&mut self) {
        let Some(close) = self
            .waiting
            .iter()
            .position(|load| matches!(load, Load::Close))
        else {
            return;
        };
        self.waiting.remove(close);
        let goodbye = close.checked_sub(1);
        let is_control = |place: &usize| matches!(self.waiting.get(*place), Some(Load::Control(_)));
        if let Some(place) = goodbye.filter(is_control) {
            self.waiting.remove(place);
        }
        self.waiting_bytes = self.waiting.iter().map(bytes).sum();
    }

    /// The next thing to do, unless a post is in flight or the lane is paused.
    pub(crate) fn next(&mut self, now: UnixMillis) -> Option<Job> {
        if now < self.paused_until {
            return None;
        }
        if self.in_flight.is_none() {
            let load = self.waiting.pop_front()?;
            self.waiting_bytes -= bytes(&load);
            self.in_flight = Some(self.start(load, now));
        }
        let in_flight = self
            .in_flight
            .as_mut()
            .filter(|in_flight| !in_flight.running)?;
        in_flight.running = true;
        in_flight.attempts += 1;
        Some(in_flight.job.clone())
    }

    fn start(&mut self, load: Load, now: UnixMillis) -> InFlight {
        let offset = offset(&load);
        let job = match load {
            Load::Message(message) => {
                let frame = message.frame(self.last_due, now);
                self.last_due = offset;
                Job::Post(frame)
            }
            Load::Control(frame) => Job::Post(frame),
            Load::Close => Job::Close,
        };
        InFlight {
            job,
            offset,
            attempts: 0,
            running: false,
        }
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
        let may_retry = match outcome {
            PostOutcome::Gone => now.since(self.connected_at) < SETTLING,
            PostOutcome::Throttled => is_close || in_flight.attempts < MAX_THROTTLED,
            PostOutcome::Failed => is_close || in_flight.attempts < MAX_ATTEMPTS,
            PostOutcome::Delivered | PostOutcome::TooLarge => false,
        };
        if may_retry {
            self.paused_until = now.plus(pause(in_flight.attempts, random));
            return Verdict::Retry;
        }
        if is_close || outcome == PostOutcome::Gone {
            return Verdict::Gone;
        }
        let offset = in_flight.offset;
        self.in_flight = None;
        self.sent = self.sent.max(offset.unwrap_or_default());
        Verdict::Done {
            offsets: offset.into_iter().collect(),
            delivered: outcome == PostOutcome::Delivered,
        }
    }

    /// Every offset that is not done with: the connection is gone.
    pub(crate) fn abandon(&mut self) -> Vec<Offset> {
        let in_flight = self.in_flight.take().and_then(|in_flight| in_flight.offset);
        in_flight
            .into_iter()
            .chain(self.waiting.drain(..).filter_map(|load| offset(&load)))
            .collect()
    }

    /// When the lane may go on, if it is paused with something to do.
    pub(crate) fn wakes_at(&self, now: UnixMillis) -> Option<UnixMillis> {
        let has_work = self
            .in_flight
            .as_ref()
            .map_or(!self.waiting.is_empty(), |in_flight| !in_flight.running);
        (has_work && self.paused_until > now).then_some(self.paused_until)
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.in_flight
            .as_ref()
            .is_some_and(|in_flight| in_flight.running)
    }

    /// What a checkpoint says of it. Where nothing older waits, `sent` is at least the floor: who
    /// goes on need not look further back, and tells a gap by a predecessor that nobody got.
    pub(crate) fn marks(&self) -> Marks {
        let in_flight = self.in_flight.as_ref().and_then(|flight| flight.offset);
        let oldest = in_flight.or_else(|| self.waiting.iter().find_map(offset));
        let newest = self.waiting.iter().rev().find_map(offset).or(in_flight);
        let sent = match oldest {
            Some(oldest) if oldest <= self.floor => self.sent,
            _ => self.sent.max(self.floor),
        };
        Marks {
            sent,
            due: newest.or(self.last_due).unwrap_or(sent).max(sent),
        }
    }
}

fn bytes(load: &Load) -> usize {
    match load {
        Load::Message(message) => message.bytes(),
        Load::Control(frame) => frame.len(),
        Load::Close => 0,
    }
}

fn offset(load: &Load) -> Option<Offset> {
    match load {
        Load::Message(message) => Some(message.offset()),
        Load::Control(_) | Load::Close => None,
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
