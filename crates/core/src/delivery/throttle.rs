//! Tells the account's throttle from a client that does not read. API Gateway answers both with the
//! same 429 (`LimitExceededException`: "more than the allowed number of requests per unit of time or
//! the WebSocket client side buffer is full"), so it is told by how many are refused at once.

use std::collections::HashSet;
use std::time::Duration;

use crate::identifier::ConnectionId;
use crate::ports::PostOutcome;
use crate::time::UnixMillis;

/// What is looked at together.
const WINDOW: Duration = Duration::from_secs(1);

/// So many connections refused in one window are no coincidence.
const REFUSED_CONNECTIONS: usize = 8;

/// And so large a part of all answers: one in ten. Where fewer are refused, the others get through.
const REFUSED_SHARE: u64 = 10;

/// How long everybody waits at first; it doubles with every further window of refusals.
const FIRST_HOLD: Duration = Duration::from_millis(250);

/// The longest wait.
const LONGEST_HOLD: Duration = Duration::from_secs(2);

/// Watches the answers to posts.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    window_start: UnixMillis,
    answers: u64,
    refusals: u64,
    refused: HashSet<ConnectionId>,
    /// The last wait, and when it ended.
    last: Option<(Duration, UnixMillis)>,
}

impl Throttle {
    /// Takes an answer. Says until when nobody should post, if the account is throttled.
    pub(crate) fn note(
        &mut self,
        id: &ConnectionId,
        outcome: PostOutcome,
        now: UnixMillis,
    ) -> Option<UnixMillis> {
        // Answers that come while everybody waits are to posts from before.
        if now < self.window_start {
            return None;
        }
        if now.since(self.window_start) >= WINDOW {
            self.begin(now);
        }
        self.answers += 1;
        if outcome != PostOutcome::Throttled {
            return None;
        }
        self.refusals += 1;
        self.refused.insert(id.clone());
        if self.refused.len() < REFUSED_CONNECTIONS || self.refusals * REFUSED_SHARE < self.answers
        {
            return None;
        }
        let hold = match self.last {
            Some((last, ended)) if now.since(ended) < WINDOW => (last * 2).min(LONGEST_HOLD),
            _ => FIRST_HOLD,
        };
        let until = now.plus(hold);
        self.last = Some((hold, until));
        self.begin(until);
        Some(until)
    }

    fn begin(&mut self, at: UnixMillis) {
        self.window_start = at;
        self.answers = 0;
        self.refusals = 0;
        self.refused.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn after(ms: u64) -> UnixMillis {
        NOW.plus(Duration::from_millis(ms))
    }

    /// Refuses so many connections, one after the other.
    fn refuse(throttle: &mut Throttle, connections: usize, now: UnixMillis) -> Option<UnixMillis> {
        let refusals = (0..connections).map(|number| {
            let id = ConnectionId::new(format!("c{number}"));
            throttle.note(&id, PostOutcome::Throttled, now)
        });
        refusals.last().flatten()
    }

    fn deliver(throttle: &mut Throttle, posts: usize, now: UnixMillis) {
        for _ in 0..posts {
            let id = ConnectionId::new("reader");
            assert_eq!(throttle.note(&id, PostOutcome::Delivered, now), None);
        }
    }

    #[test]
    fn many_refused_at_once_hold_everybody_and_fewer_nobody() {
        for (connections, hold) in [(7, None), (8, Some(after(250)))] {
            let mut throttle = Throttle::default();
            assert_eq!(refuse(&mut throttle, connections, NOW), hold);
        }
    }

    #[test]
    fn one_client_that_does_not_read_holds_nobody() {
        let mut throttle = Throttle::default();
        let slow = ConnectionId::new("slow");
        for _ in 0..1_000 {
            assert_eq!(throttle.note(&slow, PostOutcome::Throttled, NOW), None);
        }
    }

    #[test]
    fn a_few_among_many_hold_nobody() {
        for (delivered, hold) in [(72, Some(after(250))), (73, None)] {
            let mut throttle = Throttle::default();
            deliver(&mut throttle, delivered, NOW);
            assert_eq!(refuse(&mut throttle, 8, NOW), hold, "{delivered}");
        }
    }

    #[test]
    fn refusals_of_another_window_do_not_count() {
        for (later, hold) in [(999, Some(after(999 + 250))), (1_000, None)] {
            let mut throttle = Throttle::default();
            refuse(&mut throttle, 7, NOW);
            let eighth = ConnectionId::new("eighth");
            let held = throttle.note(&eighth, PostOutcome::Throttled, after(later));
            assert_eq!(held, hold, "{later}");
        }
    }

    #[test]
    fn the_wait_doubles_while_it_goes_on_and_begins_anew_after_a_quiet_second() {
        let mut throttle = Throttle::default();
        let mut now = NOW;
        for hold in [250, 500, 1_000, 2_000, 2_000] {
            let until = now.plus(Duration::from_millis(hold));
            assert_eq!(refuse(&mut throttle, 8, now), Some(until), "{hold}");
            now = until;
        }
        let quiet = now.plus(WINDOW);
        let until = quiet.plus(FIRST_HOLD);
        assert_eq!(refuse(&mut throttle, 8, quiet), Some(until));
    }

    #[test]
    fn what_is_refused_while_everybody_waits_holds_nobody_longer() {
        let mut throttle = Throttle::default();
        refuse(&mut throttle, 8, NOW);
        assert_eq!(refuse(&mut throttle, 500, after(249)), None);
        assert_eq!(refuse(&mut throttle, 7, after(250)), None);
    }
}
