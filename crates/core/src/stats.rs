//! Counters that the worker keeps and `stats` shows.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;

/// Most channels listed by name: the reply must fit a frame. The most subscribed are listed.
pub const MAX_LISTED_CHANNELS: usize = 150;

/// What a worker counts. Gauges are of now, counters since the worker began.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    /// Gauge: live connections.
    pub connections: u64,
    /// Gauge: connections with at least one channel.
    pub subscriptions: u64,
    /// Gauge: subscribers by channel, the most subscribed first.
    pub by_channel: IndexMap<Channel, u64>,
    /// Gauge: messages waiting in lanes.
    pub queued: u64,
    /// Counter: messages delivered.
    pub routed: u64,
    /// Counter: messages a filter kept back.
    pub filtered: u64,
    /// Counter: messages given up.
    pub failed: u64,
}

impl Counts {
    /// Adds another worker's counts.
    pub fn add(&mut self, other: &Self) {
        self.connections = self.connections.saturating_add(other.connections);
        self.subscriptions = self.subscriptions.saturating_add(other.subscriptions);
        self.queued = self.queued.saturating_add(other.queued);
        self.routed = self.routed.saturating_add(other.routed);
        self.filtered = self.filtered.saturating_add(other.filtered);
        self.failed = self.failed.saturating_add(other.failed);
        for (channel, count) in &other.by_channel {
            let sum = self.by_channel.entry(channel.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
    }
}
