//! Filters: which events of a channel a client wants.

use std::collections::HashSet;

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

/// A filter made ready to be asked: canonical values in sets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matcher {
    protocols: HashSet<String>,
    tokens: HashSet<String>,
    chains: HashSet<String>,
    event_types: HashSet<String>,
    min: Option<f64>,
    max: Option<f64>,
}

impl Matcher {
    /// Prepares `filters`.
    #[must_use]
    pub fn new(filters: &Filters) -> Self {
        let set = |list: &Option<Vec<String>>, canonical: fn(&str) -> String| {
            list.iter()
                .flatten()
                .map(|value| canonical(value))
                .collect()
        };
        Self {
            protocols: set(&filters.protocol_ids, |id| canonical_id(id).into_owned()),
            tokens: set(&filters.token_ids, |id| canonical_id(id).into_owned()),
            chains: set(&filters.chains, |chain| canonical_chain(chain).into_owned()),
            event_types: set(&filters.event_types, str::to_owned),
            min: filters.min_value.as_ref().and_then(Number::as_f64),
            max: filters.max_value.as_ref().and_then(Number::as_f64),
        }
    }

    /// Whether an event with these facets passes. A constraint applies to an event that carries
    /// the facet; an event without it passes.
    #[must_use]
    pub fn passes(&self, facets: &Facets) -> bool {
        let listed = |set: &HashSet<String>, facet: Option<&String>| {
            set.is_empty() || facet.is_none_or(|facet| set.contains(facet))
        };
        listed(&self.protocols, facets.protocol.as_ref())
            && listed(&self.tokens, facets.token.as_ref())
            && listed(&self.chains, facets.chain.as_ref())
            && listed(&self.event_types, Some(&facets.event_type))
            && facets.value.is_none_or(|value| {
                self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
            })
    }
}

#[cfg(test)]
mod tests;
