//! From domain values to what the wire shows of them.

use std::collections::BTreeMap;

use llama_ws_core as core;
use llama_ws_wire as wire;

/// Filters as the client wrote them, inward.
pub(crate) fn filters_in(filters: wire::Filters) -> core::Filters {
    core::Filters {
        protocol_ids: filters.protocol_ids,
        token_ids: filters.token_ids,
        chains: filters.chains,
        event_types: filters.event_types,
        min_value: filters.min_value,
        max_value: filters.max_value,
    }
}

/// And outward.
fn filters_out(filters: &core::Filters) -> wire::Filters {
    let filters = filters.clone();
    wire::Filters {
        protocol_ids: filters.protocol_ids,
        token_ids: filters.token_ids,
        chains: filters.chains,
        event_types: filters.event_types,
        min_value: filters.min_value,
        max_value: filters.max_value,
    }
}

/// The `subscription` object.
pub(crate) fn subscription(view: &core::SubscriptionView) -> wire::SubscriptionView {
    let by_channel = view.by_channel.iter().map(|(channel, view)| {
        let options = wire::Options {
            conflate: view.options.conflate.then_some(true),
            ..wire::Options::default()
        };
        let settings = wire::ChannelSettings {
            filters: filters_out(&view.filters),
            options,
        };
        (channel.to_string(), settings)
    });
    wire::SubscriptionView {
        channels: view.channels.iter().map(ToString::to_string).collect(),
        filters: filters_out(&view.filters),
        subscribed_at: view.subscribed_at.0,
        by_channel: by_channel.collect(),
    }
}

/// The `subscription` of a connection, if it has any channel.
pub(crate) fn subscription_of(
    document: &core::ConnectionDocument,
) -> Option<wire::SubscriptionView> {
    document
        .subscription
        .as_ref()
        .map(|held| subscription(&held.view()))
}

/// `subscription_stats`.
pub(crate) fn subscription_stats(counts: &core::Counts) -> wire::SubscriptionStats {
    wire::SubscriptionStats {
        total_subscriptions: counts.subscriptions,
        total_connections: counts.connections,
        subscriptions_by_channel: rooms(counts),
    }
}

/// `GET /stats`.
pub(crate) fn stats(counts: &core::Counts) -> wire::Stats {
    wire::Stats {
        total_connections: counts.connections,
        rooms: rooms(counts),
        delivery: wire::DeliveryStats {
            total_queued: counts.queued,
            routed: counts.routed,
            filtered: counts.filtered,
            failed: counts.failed,
        },
    }
}

fn rooms(counts: &core::Counts) -> BTreeMap<String, u64> {
    counts
        .by_channel
        .iter()
        .map(|(channel, count)| (channel.to_string(), *count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_that_is_limited_is_the_size_that_is_shown() {
        let spelled: Vec<_> = ["prices", "events:token:0xAB"]
            .iter()
            .map(|name| core::SpelledChannel::parse(name).expect("a channel"))
            .collect();
        let filters = core::Filters {
            token_ids: Some(vec!["\u{e9}\"".into()]),
            ..core::Filters::default()
        };
        let mut held = core::Subscription::new(core::UnixMillis(1_764_000_000_000));
        held.subscribe(&spelled, filters, core::ChannelOptions { conflate: true });
        held.subscribe(
            &spelled[..1],
            core::Filters::default(),
            core::ChannelOptions::default(),
        );

        let shown = serde_json::to_string(&subscription(&held.view())).expect("JSON");
        assert_eq!(held.view_bytes(), shown.len());
    }
}
