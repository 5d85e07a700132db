//! Filters: which events of a channel a client wants.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::facets::Facets;
use crate::identifier::{canonical_chain, canonical_id};

/// A filter as the client wrote it, so that it can be shown back unchanged.
/// Fields are joined by AND, the values of a list by OR; an empty or absent list is no constraint.
/// The decoder has checked shapes and bounds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filters {
    /// Protocols, compared as ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol_ids: Option<Vec<String>>,
    /// Tokens, compared as ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_ids: Option<Vec<String>>,
    /// Chains, compared without case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chains: Option<Vec<String>>,
    /// Event types, compared exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_types: Option<Vec<String>>,
    /// Smallest value, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_value: Option<Number>,
    /// Largest value, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_value: Option<Number>,
}

/// A filter made ready to be asked, in its one canonical form: two that let the same events pass
/// because they list the same values, in whatever order or spelling, are equal.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// In the order of [`Facets::texts`]; each sorted, without repeats.
    lists: [Box<[Arc<str>]>; Facets::TEXTS],
    bounds: RangeInclusive<f64>,
}

impl Matcher {
    /// Prepares `filters`.
    #[must_use]
    pub fn new(filters: &Filters) -> Self {
        let bound = |bound: &Option<Number>| bound.as_ref().and_then(Number::as_f64);
        let min = bound(&filters.min_value).unwrap_or(f64::NEG_INFINITY);
        let max = bound(&filters.max_value).unwrap_or(f64::INFINITY);
        Self {
            lists: [
                canonical(filters.protocol_ids.as_ref(), canonical_id),
                canonical(filters.token_ids.as_ref(), canonical_id),
                canonical(filters.chains.as_ref(), canonical_chain),
                canonical(filters.event_types.as_ref(), |name| name.into()),
            ],
            bounds: min..=max,
        }
    }

    /// Whether an event with these facets passes. A constraint applies to an event that carries
    /// the facet; an event without it passes.
    #[must_use]
    pub fn passes(&self, facets: &Facets) -> bool {
        let mut lists = self.lists.iter().zip(facets.texts());
        lists.all(|(list, facet)| {
            list.is_empty()
                || facet.is_none_or(|facet| {
                    list.binary_search_by(|value| value.as_ref().cmp(facet))
                        .is_ok()
                })
        }) && facets
            .value
            .is_none_or(|value| self.bounds.contains(&value))
    }

    /// The values it asks for, in the order of [`Facets::texts`]; an empty list asks for nothing.
    pub(crate) fn lists(&self) -> &[Box<[Arc<str>]>; Facets::TEXTS] {
        &self.lists
    }

    /// The values it lets pass, infinite where it has no bound.
    pub(crate) fn bounds(&self) -> &RangeInclusive<f64> {
        &self.bounds
    }

    fn bound_bits(&self) -> (u64, u64) {
        (self.bounds.start().to_bits(), self.bounds.end().to_bits())
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.lists == other.lists && self.bound_bits() == other.bound_bits()
    }
}

impl Eq for Matcher {}

impl Hash for Matcher {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lists.hash(state);
        self.bound_bits().hash(state);
    }
}

fn canonical(list: Option<&Vec<String>>, form: fn(&str) -> Cow<'_, str>) -> Box<[Arc<str>]> {
    let values = list.into_iter().flatten();
    let mut values: Vec<Arc<str>> = values.map(|value| Arc::from(form(value))).collect();
    values.sort_unstable();
    values.dedup();
    values.into()
}

#[cfg(test)]
mod tests;
