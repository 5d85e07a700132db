//! A set of small numbers as a row of bits.

/// Bits of one word.
pub(super) const WORD: usize = u64::BITS as usize;

/// Grows as needed; numbers past its end are not in it.
#[derive(Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn insert(&mut self, id: u32) {
        let (word, bit) = place(id);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    pub(super) fn remove(&mut self, id: u32) {
        let (word, bit) = place(id);
        if let Some(word) = self.0.get_mut(word) {
            *word &= !bit;
        }
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }
}

/// Sets a bit; outside of `words` nothing happens.
pub(super) fn set(words: &mut [u64], id: u32) {
    let (word, bit) = place(id);
    if let Some(word) = words.get_mut(word) {
        *word |= bit;
    }
}

/// Which word, and which bit in it.
pub(super) fn place(id: u32) -> (usize, u64) {
    (id as usize / WORD, 1 << (id % u64::BITS))
}

/// Calls `found` for every set bit, in order.
pub(super) fn each(words: &[u64], mut found: impl FnMut(u32)) {
    for (first, word) in (0..).step_by(WORD).zip(words) {
        let mut left = *word;
        while left != 0 {
            found(first + left.trailing_zeros());
            left &= left - 1;
        }
    }
}
