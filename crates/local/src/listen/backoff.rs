//! How long to wait before the next attempt: exponential, with full jitter, so that clients that
//! lost the same server do not come back together.

use std::time::Duration;

use rand::{Rng, RngExt};

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// Attempts since something last went well.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// Anything from nothing to twice the last time's bound.
    pub(super) fn next(&mut self, rng: &mut impl Rng) -> Duration {
        let bound = FIRST
            .saturating_mul(2_u32.saturating_pow(self.attempts))
            .min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        rng.random_range(Duration::ZERO..=bound)
    }

    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn bounds_double_up_to_the_longest() {
        let mut longest = [Duration::ZERO; 40];
        for seed in 0..200 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut backoff = Backoff::default();
            for longest in &mut longest {
                *longest = backoff.next(&mut rng).max(*longest);
            }
        }

        for (attempt, bound) in [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (39, 30)] {
            let bound = Duration::from_secs(bound);
            assert!(
                (bound.mul_f64(0.9)..=bound).contains(&longest[attempt]),
                "attempt {attempt}"
            );
        }
    }

    #[test]
    fn success_starts_over() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut backoff = Backoff { attempts: u32::MAX };
        backoff.next(&mut rng);
        backoff.reset();

        assert!(backoff.next(&mut rng) <= FIRST);
    }
}
