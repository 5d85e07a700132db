//! What one connection is subscribed to.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::channel::{Channel, SpelledChannel};
use crate::filter::Filters;
use crate::time::UnixMillis;

/// A connection's channels with their filters and options, in the order they were first asked for.
/// Stored and shown in one form ([`SubscriptionView`]), so that the size that is limited is the
/// size that is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SubscriptionView", into = "SubscriptionView")]
pub struct Subscription {
    channels: IndexMap<Channel, ChannelSubscription>,
    filters: Arc<Filters>,
    subscribed_at: UnixMillis,
    delivery: DeliveryOptions,
}

/// One channel of a subscription.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelSubscription {
    /// The client's spelling, which its frames use.
    pub spelling: Arc<str>,
    /// Which of the channel's events it wants.
    pub filters: Arc<Filters>,
    /// How it wants them.
    pub options: ChannelOptions,
}

/// Options that belong to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelOptions {
    /// Only the latest message per key while messages wait.
    #[serde(skip_serializing_if = "is_false")]
    pub conflate: bool,
}

/// Options that belong to the connection; the last request that names them wins.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeliveryOptions {
    /// Several messages in one frame.
    #[serde(skip_serializing_if = "is_false")]
    pub batch: bool,
    /// Frames per second, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rate: Option<f64>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// The `subscription` object of the contract. `by_channel` lists the channels whose filters or
/// options differ from the top-level filters and `{}`, and decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionView {
    /// Channels in the client's spelling.
    pub channels: Vec<Arc<str>>,
    /// The latest request's filters.
    pub filters: Arc<Filters>,
    /// When the first of the channels was subscribed.
    pub subscribed_at: UnixMillis,
    /// The exceptions, by spelling.
    #[serde(default)]
    pub by_channel: IndexMap<Arc<str>, ChannelView>,
    /// Connection options; not part of the contract's object.
    #[serde(default, skip_serializing_if = "DeliveryOptions::is_default")]
    pub delivery: DeliveryOptions,
}

/// An entry of `byChannel`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelView {
    /// The channel's filters.
    pub filters: Arc<Filters>,
    /// The channel's options.
    pub options: ChannelOptions,
}

impl DeliveryOptions {
    /// Takes what a request names. One that names `batch` without a rate lifts the rate; one that
    /// names a rate only leaves `batch` as it is.
    pub fn update(&mut self, batch: Option<bool>, max_rate: Option<f64>) {
        if batch.is_some() || max_rate.is_some() {
            self.max_rate = max_rate;
        }
        self.batch = batch.unwrap_or(self.batch);
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Subscription {
    /// No channels yet.
    #[must_use]
    pub fn new(now: UnixMillis) -> Self {
        Self {
            channels: IndexMap::new(),
            filters: Arc::default(),
            subscribed_at: now,
            delivery: DeliveryOptions::default(),
        }
    }

    /// Adds `channels`, or replaces the filters and options of those already there.
    pub fn subscribe(
        &mut self,
        channels: &[SpelledChannel],
        filters: Filters,
        options: ChannelOptions,
    ) {
        let filters = Arc::new(filters);
        for wanted in channels {
            let entry = ChannelSubscription {
                spelling: Arc::clone(&wanted.spelling),
                filters: Arc::clone(&filters),
                options,
            };
            self.channels.insert(wanted.channel.clone(), entry);
        }
        self.filters = filters;
    }

    /// Leaves `channels`; those it never joined are no fault.
    pub fn unsubscribe(&mut self, channels: &[Channel]) {
        self.channels
            .retain(|channel, _| !channels.contains(channel));
    }

    /// Replaces the filters of `channels`, or of every channel.
    pub fn replace_filters(&mut self, filters: Filters, channels: Option<&[Channel]>) {
        let filters = Arc::new(filters);
        for (channel, entry) in &mut self.channels {
            if channels.is_none_or(|channels| channels.contains(channel)) {
                entry.filters = Arc::clone(&filters);
            }
        }
        self.filters = filters;
    }

    /// Takes what a request names of the connection's options.
    pub fn update_delivery(&mut self, batch: Option<bool>, max_rate: Option<f64>) {
        self.delivery.update(batch, max_rate);
    }

    /// The connection's options.
    #[must_use]
    pub fn delivery(&self) -> DeliveryOptions {
        self.delivery
    }

    /// The channels, in order.
    #[must_use]
    pub fn channels(&self) -> &IndexMap<Channel, ChannelSubscription> {
        &self.channels
    }

    /// The `subscription` object of the contract.
    #[must_use]
    pub fn view(&self) -> SubscriptionView {
        let differs = |entry: &&ChannelSubscription| {
            *entry.filters != *self.filters || entry.options != ChannelOptions::default()
        };
        SubscriptionView {
            channels: self
                .channels
                .values()
                .map(|entry| Arc::clone(&entry.spelling))
                .collect(),
            filters: Arc::clone(&self.filters),
            subscribed_at: self.subscribed_at,
            by_channel: self
                .channels
                .values()
                .filter(differs)
                .map(|entry| {
                    let view = ChannelView {
                        filters: Arc::clone(&entry.filters),
                        options: entry.options,
                    };
                    (Arc::clone(&entry.spelling), view)
                })
                .collect(),
            delivery: self.delivery,
        }
    }

    /// Size of the `subscription` object, in bytes of JSON.
    #[must_use]
    pub fn view_bytes(&self) -> usize {
        let contract = SubscriptionView {
            delivery: DeliveryOptions::default(),
            ..self.view()
        };
        serde_json::to_vec(&contract).map_or(usize::MAX, |json| json.len())
    }
}

impl From<Subscription> for SubscriptionView {
    fn from(subscription: Subscription) -> Self {
        subscription.view()
    }
}

impl TryFrom<SubscriptionView> for Subscription {
    type Error = crate::channel::InvalidChannel;

    fn try_from(view: SubscriptionView) -> Result<Self, Self::Error> {
        let mut channels = IndexMap::with_capacity(view.channels.len());
        for spelling in view.channels {
            let exception = view.by_channel.get(&spelling);
            let filters = exception.map_or(&view.filters, |exception| &exception.filters);
            let entry = ChannelSubscription {
                filters: Arc::clone(filters),
                options: exception
                    .map_or_else(ChannelOptions::default, |exception| exception.options),
                spelling: Arc::clone(&spelling),
            };
            channels.insert(Channel::parse(&spelling)?, entry);
        }
        Ok(Self {
            channels,
            filters: view.filters,
            subscribed_at: view.subscribed_at,
            delivery: view.delivery,
        })
    }
}

#[cfg(test)]
mod tests;
