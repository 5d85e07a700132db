//! Filters as clients write them, echoed as they came.

use serde::{Deserialize, Serialize};
use serde_json::Number;

/// Most values one filter list may hold.
pub const MAX_FILTER_VALUES: usize = 200;

/// Most bytes one value of a filter list may have.
pub const MAX_FILTER_VALUE_BYTES: usize = 256;

/// Constraints on events. Fields are joined by AND, the values of a list by OR; an empty list constrains nothing.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filters {
    /// Protocols, compared exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol_ids: Option<Vec<String>>,
    /// Tokens, compared exactly unless they are `0x…` addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_ids: Option<Vec<String>>,
    /// Chains, compared without regard to case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chains: Option<Vec<String>>,
    /// Event types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_types: Option<Vec<String>>,
    /// The lowest value that passes; finite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_value: Option<Number>,
    /// The highest value that passes; finite, not below `min_value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_value: Option<Number>,
}

impl Filters {
    /// The fields of the contract, in the order they are echoed.
    pub(crate) const FIELDS: [&'static str; 6] = [
        "protocolIds",
        "tokenIds",
        "chains",
        "eventTypes",
        "minValue",
        "maxValue",
    ];

    /// Whether no field was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
