//! A seeded random walk that wanders, sometimes jumps, and is drawn back to where it began.

use rand::{Rng, RngExt};

/// How strongly each step is drawn back to the start.
const PULL: f64 = 0.01;
/// One step in this many is a jump.
const STEPS_PER_JUMP: u32 = 150;
/// One jump in this many is an extreme one.
const JUMPS_PER_EXTREME: u32 = 6;

/// A positive number that moves.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    anchor: f64,
    value: f64,
    volatility: f64,
}

/// One step of a walk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) previous: f64,
    pub(super) current: f64,
}

impl Walk {
    pub(super) fn new(anchor: f64, volatility: f64) -> Self {
        Self {
            anchor,
            value: anchor,
            volatility,
        }
    }

    pub(super) fn value(&self) -> f64 {
        self.value
    }

    /// A step of the usual size; now and then a jump, if the walk is not of the quiet kind.
    pub(super) fn step(&mut self, rng: &mut impl Rng) -> Step {
        let jumps = self.volatility > 0.001 && rng.random_ratio(1, STEPS_PER_JUMP);
        let moved = if jumps {
            jump(rng)
        } else {
            normal(rng) * self.volatility
        };
        let home = (self.anchor / self.value).ln() * PULL;
        let previous = self.value;
        self.value = significant(previous * (moved + home).exp());
        Step {
            previous,
            current: self.value,
        }
    }
}

/// The logarithm of a large (above 10 %) or extreme (above 50 %) move.
fn jump(rng: &mut impl Rng) -> f64 {
    let size: f64 = if rng.random_ratio(1, JUMPS_PER_EXTREME) {
        rng.random_range(0.55..0.9)
    } else {
        rng.random_range(0.11..0.3)
    };
    if rng.random() {
        size.ln_1p()
    } else {
        -size.ln_1p()
    }
}

/// Bell-shaped, mean 0, deviation 1: twelve dice.
fn normal(rng: &mut impl Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// `value` with six significant digits, whole numbers from a million on: what a feed would print.
pub(super) fn significant(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let places = (5.0 - value.abs().log10().floor()).max(0.0);
    let scale = 10_f64.powf(places);
    (value * scale).round() / scale
}

/// `value` with at most `places` digits after the point.
pub(super) fn rounded(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn six_digits_are_kept() {
        let cases = [
            (2_750.123_456, 2_750.12),
            (0.000_021_234_567_8, 0.000_021_234_6),
            (68_000.04, 68_000.0),
            (123_456_789.4, 123_456_789.0),
            (0.0, 0.0),
            (-1.000_000_4, -1.0),
        ];
        for (value, expected) in cases {
            assert_eq!(significant(value), expected, "{value}");
        }
    }

    #[test]
    fn a_long_walk_stays_in_its_region() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut walk = Walk::new(100.0, 0.01);

        for _ in 0..20_000 {
            let step = walk.step(&mut rng);
            assert!((5.0..2_000.0).contains(&step.current), "{step:?}");
        }
    }

    #[test]
    fn quiet_walks_never_jump() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut walk = Walk::new(1.0, 0.0002);

        for _ in 0..20_000 {
            let step = walk.step(&mut rng);
            assert!((0.98..1.02).contains(&step.current), "{step:?}");
        }
    }
}
