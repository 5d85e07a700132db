//! Random choices that are the same in every run.

/// splitmix64.
#[derive(Debug)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1.
    fn unit(&mut self) -> f64 {
        let upper = u32::try_from(self.next() >> 32).unwrap_or_default();
        f64::from(upper) / (f64::from(u32::MAX) + 1.0)
    }
}

/// Numbers from 0 on, each as likely as its weight.
#[derive(Debug)]
pub(super) struct Weights {
    /// Of each number and all before it.
    sums: Vec<f64>,
}

impl Weights {
    pub(super) fn uniform(count: u32) -> Self {
        Self::of((0..count).map(|_| 1.0))
    }

    /// Zipf's with exponent 1.
    pub(super) fn zipf(count: u32) -> Self {
        Self::of((1..=count).map(|rank| f64::from(rank).recip()))
    }

    fn of(weights: impl Iterator<Item = f64>) -> Self {
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self {
            sums: sums.collect(),
        }
    }

    pub(super) fn pick(&self, chance: &mut Chance) -> usize {
        let point = chance.unit() * self.sums.last().copied().unwrap_or_default();
        self.sums.partition_point(|sum| *sum <= point)
    }

    /// How likely a number is.
    pub(super) fn share(&self, number: usize) -> f64 {
        let upto = |n: Option<usize>| n.and_then(|n| self.sums.get(n)).copied().unwrap_or(0.0);
        let all = self.sums.last().copied().unwrap_or(1.0);
        (upto(Some(number)) - upto(number.checked_sub(1))) / all
    }
}
