//! A connection's subscription, and the sum of all of them, as clients see them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Filters, Options};

/// What a connection is subscribed to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionView {
    /// The channels in the client's spelling.
    pub channels: Vec<String>,
    /// The filters of the latest request.
    pub filters: Filters,
    /// When, in milliseconds.
    pub subscribed_at: u64,
    /// The channels whose filters or options differ from `filters` and none. This decides.
    #[serde(default)]
    pub by_channel: BTreeMap<String, ChannelSettings>,
}

/// What holds for one channel.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelSettings {
    /// Its filters.
    pub filters: Filters,
    /// Its options: `conflate` and `snapshot`.
    pub options: Options,
}

/// How much is subscribed, over all connections.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionStats {
    /// Connections with at least one channel.
    pub total_subscriptions: u64,
    /// Live connections.
    pub total_connections: u64,
    /// Subscribers of each channel.
    pub subscriptions_by_channel: BTreeMap<String, u64>,
}
