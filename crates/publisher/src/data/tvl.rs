//! `tvl_change`: the value locked in a protocol, altogether or on one chain.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Data, Extra, Subject, present};
use crate::change;
use crate::number::{finite, finite_map};

/// The value locked in a protocol moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TvlChange {
    /// The protocol, as its channel spells it: `aave-v3`.
    pub protocol_id: String,
    /// Its name; the id again when unknown.
    pub protocol_name: String,
    /// The chain, when the number is of one chain only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// US dollars before.
    #[serde(serialize_with = "finite")]
    pub previous_tvl: f64,
    /// US dollars now.
    #[serde(serialize_with = "finite")]
    pub current_tvl: f64,
    /// From the previous value, in percent.
    #[serde(serialize_with = "finite")]
    pub change_percent: f64,
    /// From the previous value, in US dollars.
    #[serde(serialize_with = "finite")]
    pub change_absolute: f64,
    /// US dollars per chain.
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        serialize_with = "finite_map"
    )]
    pub breakdown: BTreeMap<String, f64>,
    /// Amount per token.
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        serialize_with = "finite_map"
    )]
    pub tokens: BTreeMap<String, f64>,
    /// Further fields.
    #[serde(flatten)]
    pub extra: Extra,
}

impl TvlChange {
    /// A move from `previous` to `current` US dollars over all chains, named by its id.
    #[must_use]
    pub fn new(protocol_id: impl Into<String>, previous: f64, current: f64) -> Self {
        let protocol_id = protocol_id.into();
        Self {
            protocol_name: protocol_id.clone(),
            protocol_id,
            chain: None,
            previous_tvl: previous,
            current_tvl: current,
            change_percent: change::percent(previous, current),
            change_absolute: current - previous,
            breakdown: BTreeMap::new(),
            tokens: BTreeMap::new(),
            extra: Extra::new(),
        }
    }

    /// With its name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.protocol_name = name.into();
        self
    }

    /// On `chain` only.
    #[must_use]
    pub fn chain(mut self, chain: impl Into<String>) -> Self {
        self.chain = Some(chain.into());
        self
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            kind: "tvl",
            record: format!("hourlyTvl#{}", self.protocol_id),
            protocol: present(&self.protocol_id),
            chain: self.chain.as_deref().and_then(present),
            change_percent: Some(self.change_percent),
            nameless: self.protocol_name.is_empty() || self.protocol_name == self.protocol_id,
            ..Subject::default()
        }
    }
}

impl From<TvlChange> for Data {
    fn from(tvl: TvlChange) -> Self {
        Self::TvlChange(tvl)
    }
}
