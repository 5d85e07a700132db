//! A token bucket that counts in whole milliseconds of whatever clock its caller has.

use std::sync::{Mutex, PoisonError};

use llama_ws_core::UnixMillis;

use super::limits::Throttle;

/// Thousandths of a token in a token: `rps` tokens a second are `rps` thousandths a millisecond.
const THOUSANDTHS: u64 = 1_000;

/// Lets `burst` requests pass at once and `rps` a second in the long run.
#[derive(Debug)]
pub(super) struct Bucket {
    per_milli: u64,
    capacity: u64,
    state: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    thousandths: u64,
    at: UnixMillis,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(throttle: Throttle, now: UnixMillis) -> Self {
        let capacity = u64::from(throttle.burst) * THOUSANDTHS;
        Self {
            per_milli: u64::from(throttle.rps),
            capacity,
            state: Mutex::new(Level {
                thousandths: capacity,
                at: now,
            }),
        }
    }

    /// Takes one token, or says that there is none.
    pub(super) fn try_take(&self, now: UnixMillis) -> bool {
        let mut level = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.0.saturating_sub(level.at.0);
        level.thousandths = level
            .thousandths
            .saturating_add(elapsed.saturating_mul(self.per_milli))
            .min(self.capacity);
        level.at = level.at.max(now);
        let Some(left) = level.thousandths.checked_sub(THOUSANDTHS) else {
            return false;
        };
        level.thousandths = left;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bucket: &Bucket, now: u64, tries: usize) -> usize {
        (0..tries)
            .filter(|_| bucket.try_take(UnixMillis(now)))
            .count()
    }

    #[test]
    fn burst_passes_and_the_next_is_refused() {
        let bucket = Bucket::new(Throttle { rps: 2, burst: 3 }, UnixMillis(0));

        assert_eq!(taken(&bucket, 0, 4), 3);
        assert_eq!(taken(&bucket, 499, 1), 0);
        assert_eq!(taken(&bucket, 500, 2), 1);
    }

    #[test]
    fn refill_stops_at_the_burst() {
        let bucket = Bucket::new(Throttle { rps: 10, burst: 3 }, UnixMillis(0));

        assert_eq!(taken(&bucket, 60_000, 5), 3);
    }

    #[test]
    fn clock_that_steps_back_adds_nothing() {
        let bucket = Bucket::new(Throttle { rps: 1, burst: 1 }, UnixMillis(5_000));

        assert_eq!(taken(&bucket, 5_000, 1), 1);
        assert_eq!(taken(&bucket, 1_000, 1), 0);
        assert_eq!(taken(&bucket, 5_999, 1), 0);
        assert_eq!(taken(&bucket, 6_000, 1), 1);
    }
}
