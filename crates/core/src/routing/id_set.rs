//! A set of slots or of cohorts: a sorted list while it is thin, bits once that is smaller.

use super::bits::{self, Bits, WORD};

/// A list becomes bits when more than one of so many numbers up to its largest is in it: from
/// there on bits are smaller than a list.
const DENSE: usize = 32;

/// Bits become a list again when fewer than one of so many are set. Apart from [`DENSE`], so that
/// a set at the border does not change its form with every change.
const THIN: usize = 128;

/// A shorter list is not worth changing.
const SHORT: usize = 64;

#[derive(Debug)]
pub(super) enum IdSet {
    List(Vec<u32>),
    Bits { bits: Bits, len: usize },
}

impl Default for IdSet {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl IdSet {
    /// Adds a number that is not in it.
    pub(super) fn insert(&mut self, id: u32) {
        match self {
            Self::List(list) => {
                let at = list.partition_point(|held| *held < id);
                list.insert(at, id);
                let largest = list.last().map_or(0, |largest| *largest as usize);
                if list.len() > SHORT && list.len() * DENSE > largest {
                    *self = Self::dense(list);
                }
            }
            Self::Bits { bits, len } => {
                bits.insert(id);
                *len += 1;
            }
        }
    }

    /// Takes out a number that is in it.
    pub(super) fn remove(&mut self, id: u32) {
        match self {
            Self::List(list) => {
                if let Ok(at) = list.binary_search(&id) {
                    list.remove(at);
                }
            }
            Self::Bits { bits, len } => {
                bits.remove(id);
                *len -= 1;
                if *len * THIN < bits.words().len() * WORD {
                    let mut list = Vec::with_capacity(*len);
                    bits::each(bits.words(), |id| list.push(id));
                    *self = Self::List(list);
                }
            }
        }
    }

    fn dense(list: &[u32]) -> Self {
        let mut bits = Bits::default();
        list.iter().for_each(|id| bits.insert(*id));
        Self::Bits {
            bits,
            len: list.len(),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Bits { len, .. } => *len,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `found` for every number, in order.
    pub(super) fn each(&self, mut found: impl FnMut(u32)) {
        match self {
            Self::List(list) => list.iter().for_each(|id| found(*id)),
            Self::Bits { bits, .. } => bits::each(bits.words(), found),
        }
    }

    /// Appends every number, in order.
    pub(super) fn append_to(&self, out: &mut Vec<u32>) {
        match self {
            Self::List(list) => out.extend_from_slice(list),
            Self::Bits { .. } => self.each(|id| out.push(id)),
        }
    }

    /// Sets the bit of every number.
    pub(super) fn unite_into(&self, words: &mut [u64]) {
        match self {
            Self::List(list) => list.iter().for_each(|id| bits::set(words, *id)),
            Self::Bits { bits, .. } => {
                for (word, held) in words.iter_mut().zip(bits.words()) {
                    *word |= held;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn held(set: &IdSet) -> Vec<u32> {
        let mut ids = Vec::new();
        set.append_to(&mut ids);
        ids
    }

    #[test]
    fn it_changes_its_form_where_the_other_is_smaller() {
        let mut set = IdSet::default();
        (0..64).for_each(|id| set.insert(id * 32));
        assert!(matches!(set, IdSet::List(_)));
        set.insert(64 * 32);
        assert!(matches!(set, IdSet::Bits { len: 65, .. }));

        (0..48).for_each(|id| set.remove(id * 32));
        assert!(matches!(set, IdSet::Bits { len: 17, .. }));
        set.remove(48 * 32);
        assert!(matches!(set, IdSet::List(_)));
        assert_eq!(held(&set), (49..65).map(|id| id * 32).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn it_holds_what_a_set_holds(steps in vec((any::<bool>(), 0_u32..400), 0..600)) {
            let mut set = IdSet::default();
            let mut model = BTreeSet::new();
            for (insert, id) in steps {
                if insert && model.insert(id) {
                    set.insert(id);
                } else if !insert && model.remove(&id) {
                    set.remove(id);
                }
                prop_assert_eq!(set.len(), model.len());
            }
            prop_assert_eq!(held(&set), model.iter().copied().collect::<Vec<_>>());

            let mut words = [0_u64; 7];
            set.unite_into(&mut words);
            let mut united = Vec::new();
            bits::each(&words, |id| united.push(id));
            prop_assert_eq!(united, held(&set));
        }
    }
}
