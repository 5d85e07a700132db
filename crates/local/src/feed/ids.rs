//! Event ids: version 4 UUIDs from a seed and a starting time.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Ids that differ between runs, because they start at different times, and repeat with both.
/// An id must not come back within 15 minutes: it would be taken for the same event.
#[derive(Debug)]
pub(super) struct Ids {
    rng: StdRng,
}

impl Ids {
    pub(super) fn new(seed: u64, start_ms: u64) -> Self {
        let mut bytes = [0; 32];
        for (byte, value) in bytes
            .iter_mut()
            .zip(seed.to_le_bytes().into_iter().chain(start_ms.to_le_bytes()))
        {
            *byte = value;
        }
        Self {
            rng: StdRng::from_seed(bytes),
        }
    }

    pub(super) fn next(&mut self) -> String {
        uuid_v4(self.rng.random())
    }
}

/// `random` as a version 4 UUID.
pub(crate) fn uuid_v4(random: u128) -> String {
    const VERSION: u128 = 0xf << 76;
    const VARIANT: u128 = 0b11 << 62;
    let bits = random & !VERSION & !VARIANT | 0x4 << 76 | 0b10 << 62;
    let group = |shift: u32, digits: u32| (bits >> shift) & ((1 << (digits * 4)) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        group(96, 8),
        group(80, 4),
        group(64, 4),
        group(48, 4),
        group(0, 12)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_variant_are_set() {
        assert_eq!(uuid_v4(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid_v4(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(
            uuid_v4(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
            "01234567-89ab-4def-8123-456789abcdef"
        );
    }

    #[test]
    fn seed_and_start_decide_together() {
        let first = |seed, start| Ids::new(seed, start).next();

        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(2, 1));
        assert_ne!(first(1, 2), first(1, 3));
    }
}
