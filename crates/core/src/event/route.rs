//! The contract's table "where events go".

use crate::channel::Channel;
use crate::facets::Facets;

/// The channels of an event, in the table's order, without repeats. A facet that cannot stand in a
/// channel (a chain with a space in it) has none.
pub(super) fn channels(facets: &Facets, arrived_on: Option<&Channel>) -> Vec<Channel> {
    let mut channels: Vec<Channel> = Vec::with_capacity(6);
    for channel in derived(facets)
        .into_iter()
        .flatten()
        .chain(arrived_on.cloned())
    {
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    if channels.is_empty() {
        channels.extend(Channel::general("general"));
    }
    channels
}

fn derived(facets: &Facets) -> Vec<Option<Channel>> {
    let token = || facets.token.as_deref().and_then(Channel::token);
    let protocol = || facets.protocol.as_deref().and_then(Channel::protocol);
    let on_chain = |of: fn(&str) -> Option<Channel>| facets.chain.as_deref().and_then(of);
    let pair = || Channel::protocol_on_chain(facets.protocol.as_deref()?, facets.chain.as_deref()?);
    let tvl = || {
        vec![
            Channel::general("tvl"),
            protocol(),
            on_chain(Channel::chain),
            on_chain(Channel::chain_tvl),
            pair(),
        ]
    };

    match facets.event_type.as_str() {
        "price_update" => {
            vec![
                Channel::general("prices"),
                token(),
                on_chain(Channel::chain),
                on_chain(Channel::chain_prices),
            ]
        }
        "tvl_change" => tvl(),
        "tvl_update" => [tvl(), vec![Channel::general("protocols")]].concat(),
        "protocol_update" => vec![Channel::general("protocols"), protocol()],
        "alert" => vec![Channel::general("alerts")],
        "liquidation" => vec![Channel::general("liquidations"), protocol()],
        "governance" => vec![Channel::general("governance"), protocol()],
        "emission" => vec![Channel::general("emissions"), protocol()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(event_type: &str, arrived_on: Option<&str>) -> Vec<String> {
        let facets = Facets {
            event_type: event_type.into(),
            protocol: Some("aave-v3".into()),
            token: Some("ethereum".into()),
            chain: Some("base".into()),
            value: None,
        };
        let arrived_on = arrived_on.map(|name| Channel::parse(name).unwrap());
        channels(&facets, arrived_on.as_ref())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn every_row_of_the_table() {
        let tvl = [
            "tvl",
            "protocol:aave-v3",
            "chain:base",
            "chain:base:tvl",
            "aave-v3:base",
        ];
        assert_eq!(
            names("price_update", None),
            [
                "prices",
                "token:ethereum",
                "chain:base",
                "chain:base:prices"
            ]
        );
        assert_eq!(names("tvl_change", None), tvl);
        assert_eq!(
            names("tvl_update", None),
            [&tvl[..], &["protocols"]].concat()
        );
        assert_eq!(
            names("protocol_update", None),
            ["protocols", "protocol:aave-v3"]
        );
        assert_eq!(names("alert", None), ["alerts"]);
        assert_eq!(
            names("liquidation", None),
            ["liquidations", "protocol:aave-v3"]
        );
        assert_eq!(
            names("governance", None),
            ["governance", "protocol:aave-v3"]
        );
        assert_eq!(names("emission", None), ["emissions", "protocol:aave-v3"]);
        assert_eq!(names("anything", None), ["general"]);
    }

    #[test]
    fn the_redis_channel_it_came_on_is_added_once() {
        assert_eq!(names("anything", Some("events:volumes")), ["volumes"]);
        assert_eq!(names("alert", Some("events:prices")), ["alerts", "prices"]);
        assert_eq!(names("alert", Some("events:alerts")), ["alerts"]);
    }

    #[test]
    fn a_facet_that_cannot_be_a_channel_is_passed_over() {
        let facets = Facets {
            event_type: "price_update".into(),
            chain: Some("bnb chain".into()),
            ..Facets::default()
        };
        assert_eq!(channels(&facets, None), [Channel::parse("prices").unwrap()]);
    }
}
