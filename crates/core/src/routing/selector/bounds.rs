//! `minValue` and `maxValue` of the cohorts, as two columns: comparing a whole column costs about a
//! nanosecond a cohort, less than keeping it in order would at each update.

use std::ops::RangeInclusive;

use crate::routing::bits::WORD;

/// What lets everything pass.
const UNBOUNDED: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// Fewer bits than this in a word are looked at one by one.
const FEW: u32 = 16;

#[derive(Debug, Default)]
pub(super) struct Bounds {
    min: Vec<f64>,
    max: Vec<f64>,
    bounded: usize,
}

impl Bounds {
    pub(super) fn set(&mut self, cohort: u32, bounds: &RangeInclusive<f64>) {
        let place = cohort as usize;
        if place >= self.min.len() {
            let words = place / WORD + 1;
            self.min.resize(words * WORD, UNBOUNDED.0);
            self.max.resize(words * WORD, UNBOUNDED.1);
        }
        let bounds = (*bounds.start(), *bounds.end());
        if let (Some(min), Some(max)) = (self.min.get_mut(place), self.max.get_mut(place)) {
            self.bounded -= usize::from((*min, *max) != UNBOUNDED);
            self.bounded += usize::from(bounds != UNBOUNDED);
            (*min, *max) = bounds;
        }
    }

    pub(super) fn clear(&mut self, cohort: u32) {
        self.set(cohort, &(UNBOUNDED.0..=UNBOUNDED.1));
    }

    /// Keeps the cohorts whose bounds contain `value`.
    pub(super) fn narrow(&self, value: f64, accepted: &mut [u64]) {
        if self.bounded == 0 {
            return;
        }
        let columns = self.min.chunks_exact(WORD).zip(self.max.chunks_exact(WORD));
        for (word, (min, max)) in accepted.iter_mut().zip(columns) {
            if *word != 0 {
                *word &= match word.count_ones() < FEW {
                    true => few(*word, value, min, max),
                    false => all(value, min, max),
                };
            }
        }
    }
}

fn few(word: u64, value: f64, min: &[f64], max: &[f64]) -> u64 {
    let mut inside = 0;
    let mut left = word;
    while left != 0 {
        let place = left.trailing_zeros() as usize;
        let min = min.get(place).is_some_and(|min| *min <= value);
        let max = max.get(place).is_some_and(|max| value <= *max);
        inside |= u64::from(min && max) << place;
        left &= left - 1;
    }
    inside
}

fn all(value: f64, min: &[f64], max: &[f64]) -> u64 {
    let bounds = min.iter().zip(max).enumerate();
    bounds.fold(0, |inside, (place, (min, max))| {
        inside | (u64::from((*min <= value) & (value <= *max)) << place)
    })
}
