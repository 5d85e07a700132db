//! One channel's subscribers, in cohorts: those of the same filter and spelling are one.

use std::collections::HashMap;

use super::id_set::IdSet;
use super::interned::Shared;
use super::selector::{Scratch, Selector};
use crate::facets::Facets;
use crate::filter::Matcher;

/// With more cohorts than this they are found by a [`Selector`], with fewer by asking each.
const FEW_COHORTS: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Audience {
    cohorts: Vec<Option<Cohort>>,
    free: Vec<u32>,
    lookup: Option<Box<Lookup>>,
    members: usize,
}

/// Subscribers that get the same events of the channel, under the same name.
#[derive(Debug)]
pub(super) struct Cohort {
    pub(super) filter: Shared<Matcher>,
    pub(super) spelling: Shared<str>,
    pub(super) slots: IdSet,
}

#[derive(Debug, Default)]
struct Lookup {
    by_key: HashMap<(u32, u32), u32>,
    selector: Selector,
}

impl Cohort {
    fn key(&self) -> (u32, u32) {
        (self.filter.id, self.spelling.id)
    }
}

impl Audience {
    /// The cohort of this filter and spelling, if there is one.
    pub(super) fn find(&self, filter: &Shared<Matcher>, spelling: &Shared<str>) -> Option<u32> {
        let key = (filter.id, spelling.id);
        if let Some(lookup) = &self.lookup {
            return lookup.by_key.get(&key).copied();
        }
        let mut cohorts = (0..).zip(&self.cohorts);
        let (place, _) = cohorts
            .find(|(_, cohort)| cohort.as_ref().is_some_and(|cohort| cohort.key() == key))?;
        Some(place)
    }

    /// Adds a cohort without members.
    pub(super) fn open(&mut self, filter: Shared<Matcher>, spelling: Shared<str>) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.cohorts.push(None);
            u32::try_from(self.cohorts.len() - 1).unwrap_or(u32::MAX)
        });
        let cohort = Cohort {
            filter,
            spelling,
            slots: IdSet::default(),
        };
        if let Some(lookup) = &mut self.lookup {
            lookup.insert(place, &cohort);
        }
        if let Some(free) = self.cohorts.get_mut(place as usize) {
            *free = Some(cohort);
        }
        if self.lookup.is_none() && self.cohorts.len() > FEW_COHORTS {
            let mut lookup = Box::<Lookup>::default();
            let cohorts = (0..).zip(&self.cohorts);
            cohorts
                .filter_map(|(place, cohort)| Some((place, cohort.as_ref()?)))
                .for_each(|(place, cohort)| lookup.insert(place, cohort));
            self.lookup = Some(lookup);
        }
        place
    }

    /// Adds a member that is in none of the cohorts.
    pub(super) fn join(&mut self, cohort: u32, slot: u32) {
        if let Some(Some(cohort)) = self.cohorts.get_mut(cohort as usize) {
            cohort.slots.insert(slot);
            self.members += 1;
        }
    }

    /// Takes a member out. Answers its cohort if it was the last: that is closed then.
    pub(super) fn leave(&mut self, place: u32, slot: u32) -> Option<Cohort> {
        let held = self.cohorts.get_mut(place as usize)?;
        let cohort = held.as_mut()?;
        cohort.slots.remove(slot);
        self.members -= 1;
        if !cohort.slots.is_empty() {
            return None;
        }
        let closed = held.take()?;
        self.free.push(place);
        if let Some(lookup) = &mut self.lookup {
            lookup.by_key.remove(&closed.key());
            lookup.selector.remove(place, &closed.filter.value);
        }
        Some(closed)
    }

    pub(super) fn cohort(&self, place: u32) -> Option<&Cohort> {
        self.cohorts.get(place as usize)?.as_ref()
    }

    /// How many connections are subscribed.
    pub(super) fn members(&self) -> usize {
        self.members
    }

    /// Calls `selected` for every cohort that gets an event with these facets; without facets, for
    /// every cohort.
    pub(super) fn select<'a>(
        &'a self,
        facets: Option<&Facets>,
        scratch: &mut Scratch,
        mut selected: impl FnMut(&'a Cohort),
    ) {
        let (Some(lookup), Some(facets)) = (&self.lookup, facets) else {
            return self
                .cohorts
                .iter()
                .flatten()
                .filter(|cohort| facets.is_none_or(|facets| cohort.filter.value.passes(facets)))
                .for_each(selected);
        };
        lookup.selector.select(facets, scratch, |place| {
            if let Some(cohort) = self.cohort(place) {
                selected(cohort);
            }
        });
    }
}

impl Lookup {
    fn insert(&mut self, place: u32, cohort: &Cohort) {
        self.by_key.insert(cohort.key(), place);
        self.selector.insert(place, &cohort.filter.value);
    }
}
