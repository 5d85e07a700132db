//! Paired, interleaved runs: a machine's speed drifts, the ratio of two runs side by side does not.

use std::time::Instant;

/// Fewest rounds that a median is taken of.
pub(crate) const ROUNDS: usize = 7;

/// Medians over the rounds of one pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) ours: f64,
    pub(crate) baseline: f64,
    /// Median of the rounds' own ratios, ours to baseline.
    pub(crate) ratio: f64,
}

/// Runs both sides in turns, `rounds` times after one that does not count; each answers its figure.
pub(crate) fn paired(
    rounds: usize,
    mut ours: impl FnMut() -> f64,
    mut baseline: impl FnMut() -> f64,
) -> Pair {
    ours();
    baseline();
    let runs: Vec<(f64, f64)> = (0..rounds).map(|_| (ours(), baseline())).collect();
    Pair {
        ours: median(runs.iter().map(|(ours, _)| *ours)),
        baseline: median(runs.iter().map(|(_, baseline)| *baseline)),
        ratio: median(runs.iter().map(|(ours, baseline)| ours / baseline)),
    }
}

/// Median of `rounds` runs after one that does not count.
pub(crate) fn alone(rounds: usize, mut ours: impl FnMut() -> f64) -> f64 {
    ours();
    median((0..rounds).map(|_| ours()))
}

/// Microseconds that one of `times` calls takes.
#[expect(
    clippy::disallowed_methods,
    reason = "measuring real time is what this package is for"
)]
pub(crate) fn micros(times: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        call();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_the_median_of_the_rounds_and_not_the_ratio_of_the_medians() {
        let mut ours = [9.0, 1.0, 2.0, 6.0].into_iter();
        let mut baseline = [9.0, 1.0, 8.0, 3.0].into_iter();

        let pair = paired(3, || ours.next().unwrap(), || baseline.next().unwrap());

        assert_eq!((pair.ours, pair.baseline, pair.ratio), (2.0, 3.0, 1.0));
    }
}
