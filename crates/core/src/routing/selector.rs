//! Which of a channel's cohorts an event passes, without asking each: a bit per cohort, narrowed by
//! each facet that the event carries.

mod bounds;
mod listed;

use bounds::Bounds;
use listed::Listed;

use super::bits::{self, Bits};
use crate::facets::Facets;
use crate::filter::Matcher;

#[derive(Debug, Default)]
pub(super) struct Selector {
    live: Bits,
    lists: [Listed; Facets::TEXTS],
    bounds: Bounds,
}

/// Room to work in, kept between events.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    accepted: Vec<u64>,
    facet: Vec<u64>,
}

impl Selector {
    pub(super) fn insert(&mut self, cohort: u32, filter: &Matcher) {
        self.live.insert(cohort);
        for (listed, values) in self.lists.iter_mut().zip(filter.lists()) {
            listed.insert(cohort, values);
        }
        self.bounds.set(cohort, filter.bounds());
    }

    pub(super) fn remove(&mut self, cohort: u32, filter: &Matcher) {
        self.live.remove(cohort);
        for (listed, values) in self.lists.iter_mut().zip(filter.lists()) {
            listed.remove(cohort, values);
        }
        self.bounds.clear(cohort);
    }

    /// Calls `selected` for every cohort whose filter lets `facets` pass: the same as
    /// [`Matcher::passes`] of each.
    pub(super) fn select(&self, facets: &Facets, scratch: &mut Scratch, selected: impl FnMut(u32)) {
        let Scratch { accepted, facet } = scratch;
        accepted.clear();
        accepted.extend_from_slice(self.live.words());
        for (listed, value) in self.lists.iter().zip(facets.texts()) {
            if let Some(value) = value {
                listed.narrow(value, accepted, facet);
            }
        }
        if let Some(value) = facets.value {
            self.bounds.narrow(value, accepted);
        }
        bits::each(accepted, selected);
    }
}

#[cfg(test)]
mod tests;
