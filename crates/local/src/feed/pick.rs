//! Choices from the tables.

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// Any of `items`; the table's tests see to it that there is one.
pub(super) fn pick<T: Copy + Default>(rng: &mut impl Rng, items: &[T]) -> T {
    items.choose(rng).copied().unwrap_or_default()
}

/// A place below `len` (which is not 0), the first ones more often.
pub(super) fn front(rng: &mut impl Rng, len: usize) -> usize {
    let len = len.max(1);
    rng.random_range(0..len).min(rng.random_range(0..len))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn the_first_are_chosen_more_often_and_none_never() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut counts = [0_u32; 4];
        for _ in 0..10_000 {
            counts[front(&mut rng, 4)] += 1;
        }

        assert!(
            counts.is_sorted_by(|a, b| a > b) && counts[3] > 0,
            "{counts:?}"
        );
        assert_eq!(front(&mut rng, 1), 0);
        assert_eq!(front(&mut rng, 0), 0);
    }
}
