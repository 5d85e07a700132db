//! Pace: how often a connection wants a frame.

use std::time::Duration;

use crate::time::UnixMillis;

/// How long what waits may be kept waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Until its time has come.
    Normal,
    /// It may use up the next interval already. So an alert does not wait for an interval that
    /// prices have begun, and over time the client still gets no more frames than it asked for.
    High,
    /// Not at all: a frame of the service's own, or the end.
    Service,
}

/// Keeps frames apart by an interval.
#[derive(Debug, Default)]
pub(super) struct Pace {
    interval: Duration,
    next_at: UnixMillis,
}

impl Pace {
    /// Goes on with another interval, from now on at the latest.
    pub(super) fn set(&mut self, interval: Duration, now: UnixMillis) {
        if interval != self.interval {
            self.interval = interval;
            self.next_at = self.next_at.min(now.plus(interval));
        }
    }

    /// When the next frame may start.
    pub(super) fn opens_at(&self, urgency: Urgency) -> UnixMillis {
        match urgency {
            Urgency::Normal => self.next_at,
            Urgency::High => self.next_at.minus(self.interval),
            Urgency::Service => UnixMillis::default(),
        }
    }

    /// A frame starts.
    pub(super) fn start(&mut self, now: UnixMillis) {
        self.next_at = self.next_at.max(now).plus(self.interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn paced() -> Pace {
        let mut pace = Pace::default();
        pace.set(SECOND, UnixMillis(0));
        pace
    }

    #[test]
    fn the_first_frame_goes_at_once_and_the_next_after_an_interval() {
        let mut pace = paced();
        assert_eq!(pace.opens_at(Urgency::Normal), UnixMillis(0));
        pace.start(UnixMillis(5_000));
        assert_eq!(pace.opens_at(Urgency::Normal), UnixMillis(6_000));
        assert_eq!(pace.opens_at(Urgency::Service), UnixMillis(0));
    }

    #[test]
    fn what_is_urgent_borrows_one_interval_and_no_more() {
        let mut pace = paced();
        pace.start(UnixMillis(5_000));
        assert_eq!(pace.opens_at(Urgency::High), UnixMillis(5_000));
        pace.start(UnixMillis(5_100));
        assert_eq!(pace.opens_at(Urgency::High), UnixMillis(6_000));
        assert_eq!(pace.opens_at(Urgency::Normal), UnixMillis(7_000));
    }

    #[test]
    fn a_faster_pace_counts_from_now_on() {
        let mut pace = Pace::default();
        pace.set(10 * SECOND, UnixMillis(0));
        pace.start(UnixMillis(1_000));
        pace.set(SECOND, UnixMillis(2_000));
        assert_eq!(pace.opens_at(Urgency::Normal), UnixMillis(3_000));
        pace.set(Duration::ZERO, UnixMillis(2_500));
        assert_eq!(pace.opens_at(Urgency::Normal), UnixMillis(2_500));
    }
}
