//! What a connection has to do at a certain time.

use std::time::Duration;

use llama_ws_core::UnixMillis;
use rand::{Rng, RngExt};

use super::request::Request;

/// API Gateway ends a connection after 10 min without traffic; every ping is billed.
const QUIET: Duration = Duration::from_secs(8 * 60);
/// Clients that fell silent together do not ping together.
const QUIET_JITTER: Duration = Duration::from_secs(30);
/// How long a pong may take before the connection counts as lost.
const PONG_TIMEOUT: Duration = Duration::from_secs(30);

/// The times of one connection.
#[derive(Debug)]
pub(super) struct Timers {
    /// When to ping, or to give up on the pong.
    quiet_until: UnixMillis,
    pinged: bool,
    /// A refused request, and when it may be sent again.
    again: Option<(UnixMillis, Request)>,
    /// When the service wants us to be elsewhere.
    leave_at: Option<UnixMillis>,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ping,
    /// The ping was not answered.
    GiveUp,
    Send(Request),
    Leave,
}

impl Timers {
    pub(super) fn new(now: UnixMillis, rng: &mut impl Rng) -> Self {
        let mut timers = Self {
            quiet_until: now,
            pinged: false,
            again: None,
            leave_at: None,
        };
        timers.traffic(now, rng);
        timers
    }

    /// Something came.
    pub(super) fn traffic(&mut self, now: UnixMillis, rng: &mut impl Rng) {
        let shortest = QUIET.saturating_sub(QUIET_JITTER);
        self.quiet_until = now.plus(rng.random_range(shortest..=QUIET + QUIET_JITTER));
        self.pinged = false;
    }

    /// `request` is to be sent again at `at`.
    pub(super) fn again(&mut self, at: UnixMillis, request: Request) {
        self.again = Some((at, request));
    }

    /// The connection is to be left at `at`.
    pub(super) fn leave(&mut self, at: UnixMillis) {
        self.leave_at = Some(at);
    }

    /// When something is due next.
    pub(super) fn next(&self) -> UnixMillis {
        let again = self.again.map(|(at, _)| at);
        [again, self.leave_at]
            .into_iter()
            .flatten()
            .fold(self.quiet_until, UnixMillis::min)
    }

    /// Takes what is due at `now`.
    pub(super) fn take(&mut self, now: UnixMillis) -> Due {
        if self.leave_at.is_some_and(|at| at <= now) {
            return Due::Leave;
        }
        if let Some((_, request)) = self.again.take_if(|(at, _)| *at <= now) {
            return Due::Send(request);
        }
        if self.quiet_until > now {
            return Due::Nothing;
        }
        if self.pinged {
            return Due::GiveUp;
        }
        self.pinged = true;
        self.quiet_until = now.plus(PONG_TIMEOUT);
        Due::Ping
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const START: UnixMillis = UnixMillis(1_764_000_000_000);

    fn after(seconds: u64) -> UnixMillis {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn pings_come_after_eight_quiet_minutes_give_or_take() {
        for seed in 0..50 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut timers = Timers::new(START, &mut rng);

            assert_eq!(timers.take(after(449)), Due::Nothing);
            assert!((after(450)..=after(510)).contains(&timers.next()));
            timers.traffic(after(100), &mut rng);
            assert_eq!(timers.take(after(549)), Due::Nothing);
            assert_eq!(timers.take(after(610)), Due::Ping);
            assert_eq!(timers.take(after(639)), Due::Nothing);
            assert_eq!(timers.take(after(640)), Due::GiveUp);
        }
    }

    #[test]
    fn a_pong_starts_over() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut timers = Timers::new(START, &mut rng);
        assert_eq!(timers.take(after(510)), Due::Ping);

        timers.traffic(after(511), &mut rng);

        assert_eq!(timers.take(after(541)), Due::Nothing);
        assert_eq!(timers.take(after(511 + 510)), Due::Ping);
    }

    #[test]
    fn requests_are_sent_again_once_and_leaving_comes_first() {
        let mut timers = Timers::new(START, &mut StdRng::seed_from_u64(1));
        timers.again(after(5), Request::Subscribe(None));

        assert_eq!(timers.next(), after(5));
        assert_eq!(timers.take(after(4)), Due::Nothing);
        assert_eq!(timers.take(after(5)), Due::Send(Request::Subscribe(None)));
        assert_eq!(timers.take(after(5)), Due::Nothing);

        timers.again(after(7), Request::Subscribe(None));
        timers.leave(after(6));
        assert_eq!(timers.next(), after(6));
        assert_eq!(timers.take(after(7)), Due::Leave);
    }
}
