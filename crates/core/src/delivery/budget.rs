//! The frame budget: how many frames a worker may start. API Gateway counts every post against the
//! account's requests and bills it per started 32 KB.

use crate::policy::FrameBudget;
use crate::time::UnixMillis;

/// What a post counts for each time this many bytes have begun.
const FRAME_BYTES: usize = 32 * 1024;

/// Thousandths of a frame in a frame: `n` frames a second are `n` thousandths a millisecond.
const THOUSANDTHS: i64 = 1_000;

/// One part in so many of the burst, and of the rate until that is full, is for urgent frames.
const RESERVED: i64 = 4;

/// After so many urgent frames in a row that the reserve did not pay, another lane has its turn.
const URGENT_IN_A_ROW: u32 = 3;

/// For whom a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// A lane in which something urgent waits.
    Urgent,
    /// Any other.
    Ordinary,
}

/// A token bucket with a reserve for what is urgent. A frame starts when there is at least one
/// token; one that is billed several times takes the rest from those after it.
#[derive(Debug)]
pub(crate) struct Budget {
    rate: i64,
    reserve: Bucket,
    common: Bucket,
    at: UnixMillis,
    in_a_row: u32,
}

#[derive(Debug)]
struct Bucket {
    level: i64,
    capacity: i64,
}

impl Budget {
    /// A full one.
    pub(crate) fn new(share: FrameBudget, now: UnixMillis) -> Self {
        let burst = i64::from(share.burst);
        let reserve = burst / RESERVED;
        Self {
            rate: i64::from(share.per_second),
            reserve: Bucket::full(reserve),
            common: Bucket::full(burst - reserve),
            at: now,
            in_a_row: 0,
        }
    }

    /// Whose turn it is, if there is a token for it.
    pub(crate) fn turn(&mut self, urgent: bool, ordinary: bool, now: UnixMillis) -> Option<Turn> {
        self.refill(now);
        if urgent && self.reserve.has_one() {
            return Some(Turn::Urgent);
        }
        if !self.common.has_one() {
            return None;
        }
        match (urgent, ordinary) {
            (true, true) if self.in_a_row >= URGENT_IN_A_ROW => Some(Turn::Ordinary),
            (true, _) => Some(Turn::Urgent),
            (false, true) => Some(Turn::Ordinary),
            (false, false) => None,
        }
    }

    /// A frame of so many bytes starts.
    pub(crate) fn start(&mut self, turn: Turn, bytes: usize) {
        let frames = i64::try_from(bytes.div_ceil(FRAME_BYTES)).unwrap_or(i64::MAX);
        let cost = frames.max(1).saturating_mul(THOUSANDTHS);
        if turn == Turn::Urgent && self.reserve.has_one() {
            self.reserve.level -= cost;
            return;
        }
        self.common.level -= cost;
        self.in_a_row = match turn {
            Turn::Urgent => self.in_a_row + 1,
            Turn::Ordinary => 0,
        };
    }

    /// When there may be a token, after there was none.
    pub(crate) fn next_at(&self) -> UnixMillis {
        let rate = self.rate.max(1);
        let ms = (self.common.missing() + rate - 1).div_euclid(rate).max(1);
        UnixMillis(
            self.at
                .0
                .saturating_add(u64::try_from(ms).unwrap_or_default()),
        )
    }

    fn refill(&mut self, now: UnixMillis) {
        let elapsed = i64::try_from(now.0.saturating_sub(self.at.0)).unwrap_or(i64::MAX);
        let gained = elapsed.saturating_mul(self.rate);
        let reserved = (gained / RESERVED).min(self.reserve.room());
        self.reserve.level += reserved;
        self.common.level += (gained - reserved).min(self.common.room());
        self.at = self.at.max(now);
    }
}

impl Bucket {
    /// One for so many frames.
    const fn full(frames: i64) -> Self {
        let capacity = frames * THOUSANDTHS;
        Self {
            level: capacity,
            capacity,
        }
    }

    const fn has_one(&self) -> bool {
        self.level >= THOUSANDTHS
    }

    const fn room(&self) -> i64 {
        self.capacity - self.level
    }

    const fn missing(&self) -> i64 {
        THOUSANDTHS - self.level
    }
}

#[cfg(test)]
mod tests;
