//! One facet's lists, inverted: for each value the cohorts that list it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::routing::bits::Bits;
use crate::routing::id_set::IdSet;

#[derive(Debug, Default)]
pub(super) struct Listed {
    by_value: HashMap<Arc<str>, IdSet>,
    /// The cohorts without a list: any value will do.
    any: Bits,
}

impl Listed {
    pub(super) fn insert(&mut self, cohort: u32, values: &[Arc<str>]) {
        if values.is_empty() {
            self.any.insert(cohort);
        }
        for value in values {
            match self.by_value.get_mut(value) {
                Some(cohorts) => cohorts.insert(cohort),
                None => {
                    let mut cohorts = IdSet::default();
                    cohorts.insert(cohort);
                    self.by_value.insert(Arc::clone(value), cohorts);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, cohort: u32, values: &[Arc<str>]) {
        self.any.remove(cohort);
        for value in values {
            if let Some(cohorts) = self.by_value.get_mut(value) {
                cohorts.remove(cohort);
                if cohorts.is_empty() {
                    self.by_value.remove(value);
                }
            }
        }
    }

    /// Keeps the cohorts that list `value` or list nothing; `room` is overwritten.
    pub(super) fn narrow(&self, value: &str, accepted: &mut [u64], room: &mut Vec<u64>) {
        if self.by_value.is_empty() {
            return;
        }
        room.clear();
        room.extend_from_slice(self.any.words());
        room.resize(accepted.len(), 0);
        if let Some(cohorts) = self.by_value.get(value) {
            cohorts.unite_into(room);
        }
        for (word, allowed) in accepted.iter_mut().zip(room.iter()) {
            *word &= allowed;
        }
    }
}
