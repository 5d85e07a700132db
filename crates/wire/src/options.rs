//! Delivery options as clients write them.

use serde::{Deserialize, Serialize};

/// The lowest `maxRate`, in frames per second.
pub const MIN_RATE: f64 = 0.1;

/// The highest `maxRate`, in frames per second.
pub const MAX_RATE: f64 = 50.0;

/// How to deliver.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// Several messages in one frame. Belongs to the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<bool>,
    /// Only the latest message per key while waiting. Belongs to the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflate: Option<bool>,
    /// The latest matching event per key first. Belongs to the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<bool>,
    /// Frames per second, [`MIN_RATE`] to [`MAX_RATE`]. Belongs to the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rate: Option<f64>,
}

impl Options {
    /// The fields of the contract, in the order they are echoed.
    pub(crate) const FIELDS: [&'static str; 4] = ["batch", "conflate", "snapshot", "maxRate"];

    /// Whether no field was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
