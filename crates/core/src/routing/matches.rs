//! What one event comes to, in slots: who gets it, and under which of its channels' names.

use std::sync::Arc;

use hashbrown::HashTable;

use super::Spellings;
use super::audience::Cohort;
use super::interned::Shared;

/// Matched under no name yet.
const NAMELESS: u32 = u32::MAX;

/// The set of recipients. Filled anew for each event, so that its room is used again.
#[derive(Debug, Default)]
pub struct Matches {
    slots: Vec<u32>,
    /// Beside each slot, the place of its names in `spellings`.
    names: Vec<u32>,
    spellings: Vec<Spellings>,
    /// The names after one more.
    extended: HashTable<Extended>,
    /// Beside each possible slot, one more than its place in `slots`; zero between events.
    places: Vec<u32>,
    filtered: usize,
}

/// Names and an added spelling, both by number, and the names that they make.
#[derive(Debug)]
struct Extended {
    before: u32,
    added: u32,
    names: u32,
}

impl Matches {
    /// How many connections get the event.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nobody does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Of how many subscriptions to its channels the filter kept it back.
    #[must_use]
    pub fn filtered(&self) -> u64 {
        u64::try_from(self.filtered).unwrap_or(u64::MAX)
    }

    /// Every slot with its names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Spellings)> {
        let both = self.slots.iter().zip(&self.names);
        both.filter_map(|(slot, names)| Some((*slot, self.spellings.get(*names as usize)?)))
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.names.clear();
        self.spellings.clear();
        self.extended.clear();
        self.filtered = 0;
    }

    pub(super) fn add_filtered(&mut self, subscriptions: usize) {
        self.filtered += subscriptions;
    }

    /// Adds one connection that is not in it.
    pub(super) fn add(&mut self, slot: u32, spellings: Spellings) {
        if self.spellings.last() != Some(&spellings) {
            self.spellings.push(spellings);
        }
        self.slots.push(slot);
        self.names.push(count(self.spellings.len() - 1));
    }

    /// Adds the cohorts of one channel, when no other channel has any.
    pub(super) fn add_only(&mut self, cohorts: &[&Cohort]) {
        for cohort in cohorts {
            let names = self.extend(NAMELESS, &cohort.spelling);
            cohort.slots.append_to(&mut self.slots);
            self.names.resize(self.slots.len(), names);
        }
    }

    /// Adds the cohorts of one channel after another, in the order of the table, and then
    /// [`Matches::finish`]es; no slot is at or above `slots`.
    pub(super) fn add_channel(&mut self, cohorts: &[&Cohort], slots: usize) {
        if self.places.len() < slots {
            self.places.resize(slots, 0);
        }
        for cohort in cohorts {
            let first = self.extend(NAMELESS, &cohort.spelling);
            let mut last = (NAMELESS, first);
            cohort.slots.each(|slot| {
                let Some(place) = self.places.get_mut(slot as usize) else {
                    return;
                };
                if *place == 0 {
                    self.slots.push(slot);
                    self.names.push(first);
                    *place = count(self.slots.len());
                    return;
                }
                let held = *place as usize - 1;
                let before = self.names.get(held).copied().unwrap_or(NAMELESS);
                if last.0 != before {
                    last = (before, self.extend(before, &cohort.spelling));
                }
                if let Some(names) = self.names.get_mut(held) {
                    *names = last.1;
                }
            });
        }
    }

    /// After the last channel.
    pub(super) fn finish(&mut self) {
        for slot in &self.slots {
            if let Some(place) = self.places.get_mut(*slot as usize) {
                *place = 0;
            }
        }
    }

    /// Keeps the slots that `still` says.
    pub(super) fn retain(&mut self, still: impl Fn(u32) -> bool) {
        let mut keeps = self.slots.iter().map(|slot| still(*slot));
        self.names.retain(|_| keeps.next().unwrap_or(false));
        drop(keeps);
        self.slots.retain(|slot| still(*slot));
    }

    /// The place of the names `before` and then `added`.
    fn extend(&mut self, before: u32, added: &Shared<str>) -> u32 {
        let key = hash(before, added.id);
        let is_it = |held: &Extended| (held.before, held.added) == (before, added.id);
        if let Some(held) = self.extended.find(key, is_it) {
            return held.names;
        }
        let held = self.spellings.get(before as usize);
        let names = held.into_iter().flat_map(|names| names.iter());
        let names = names.chain([&added.value]).map(Arc::clone).collect();
        self.spellings.push(names);
        let extended = Extended {
            before,
            added: added.id,
            names: count(self.spellings.len() - 1),
        };
        let names = extended.names;
        let rehash = |held: &Extended| hash(held.before, held.added);
        self.extended.insert_unique(key, extended, rehash);
        names
    }
}

/// Of two numbers that the index hands out itself: nobody can choose them badly. Asked once a
/// cohort, where a hash of texts would cost more than all the rest.
fn hash(before: u32, added: u32) -> u64 {
    let both = (u64::from(before) << 32) | u64::from(added);
    let mixed = both.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 32)
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}
