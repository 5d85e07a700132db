//! Events: what the Event Processor publishes and the log keeps.

mod latest;
mod parse;
mod repeat;
mod route;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use latest::LatestKey;
pub use parse::{Arrival, EventFault, MAX_FRAME_BYTES, RESERVED_TYPES};
pub use repeat::{RepeatKey, Repeats};

use crate::channel::Channel;
use crate::facets::Facets;
use crate::identifier::{EventId, UserId};
use crate::time::UnixMillis;

/// One event, checked. `data` is kept as the bytes that were published.
/// This is also the form the log stores.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    /// Its identity for 15 minutes, whichever way it comes.
    pub id: EventId,
    /// `price_update`, `tvl_change`, …
    #[serde(rename = "type")]
    pub event_type: String,
    /// When it happened, as published; when it arrived, if it did not say.
    pub timestamp: UnixMillis,
    /// If set, only connections of this user may get it.
    #[serde(rename = "user", skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<UserId>,
    /// Passed through byte for byte.
    pub data: Arc<RawValue>,
    /// Alerts and extreme changes go first where lanes compete.
    #[serde(skip_serializing_if = "Priority::is_normal", default)]
    pub priority: Priority,
    /// Where it goes.
    #[serde(skip_serializing_if = "Target::is_derived", default)]
    pub target: Target,
    /// What makes another arrival the same event. Of interest to the log's door only, not kept.
    #[serde(skip)]
    pub repeats: Repeats,
}

/// Which subscribers an event is for, before private events and filters narrow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// The channels of the contract's table; and the Redis channel it first came on, if any.
    Derived(Option<Channel>),
    /// A broadcast to one channel: filters do not apply.
    Channel(Channel),
    /// A broadcast to every authenticated connection.
    All,
}

impl Default for Target {
    fn default() -> Self {
        Self::Derived(None)
    }
}

impl Target {
    fn is_derived(&self) -> bool {
        *self == Self::default()
    }
}

/// The `metadata.priority` of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Everything else.
    #[default]
    Normal,
    /// Alerts, and events tagged `extreme-change`.
    High,
}

impl Priority {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde's skip_serializing_if passes a reference"
    )]
    fn is_normal(&self) -> bool {
        *self == Self::Normal
    }

    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

impl Event {
    /// Whether this is an alert: never conflated, never given up for newer prices.
    #[must_use]
    pub fn is_alert(&self) -> bool {
        self.event_type == "alert"
    }

    /// What filters compare.
    #[must_use]
    pub fn facets(&self) -> Facets {
        Facets::of(&self.event_type, &self.data)
    }

    /// The channels it goes to, in the contract's order; empty for a broadcast to all.
    #[must_use]
    pub fn channels(&self, facets: &Facets) -> Vec<Channel> {
        match &self.target {
            Target::All => Vec::new(),
            Target::Channel(channel) => vec![channel.clone()],
            Target::Derived(arrived_on) => route::channels(facets, arrived_on.as_ref()),
        }
    }
}
