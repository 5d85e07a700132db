//! Random connections, changes and events: the index answers what the naive evaluator answers.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::naive::{Answer, Naive};
use super::*;

/// Few values of everything, so that they meet.
const CHANNELS: [&str; 12] = [
    "prices",
    "events:prices",
    "tvl",
    "tvl_changes",
    "alerts",
    "token:eth",
    "events:token:eth",
    "chain:Base",
    "chain:base",
    "chain:base:prices",
    "protocol:p",
    "p:base",
];

#[derive(Debug, Clone)]
enum Step {
    Apply(Arc<ConnectionDocument>),
    Remove(String, UnixMillis),
    Event(String, Target, UnixMillis),
}

fn list(values: &'static [&'static str]) -> impl Strategy<Value = Option<Vec<String>>> {
    option::weighted(
        0.3,
        vec(select(values), 0..3).prop_map(|list| list.into_iter().map(Into::into).collect()),
    )
}

fn filters() -> impl Strategy<Value = Filters> {
    let bound = || option::weighted(0.3, (0_u32..4).prop_map(Into::into));
    (
        list(&["p", "q"]),
        list(&["eth", "0xAB", "0xab", "btc"]),
        list(&["base", "Base", "bsc"]),
        list(&["price_update", "tvl_change", "alert"]),
        bound(),
        bound(),
    )
        .prop_map(
            |(protocol_ids, token_ids, chains, event_types, min_value, max_value)| Filters {
                protocol_ids,
                token_ids,
                chains,
                event_types,
                min_value,
                max_value,
            },
        )
}

fn principal() -> impl Strategy<Value = Option<Principal>> {
    let permissions = select(
        &[
            "*",
            "*",
            "websocket:subscribe",
            "websocket:subscribe:prices",
            "websocket:subscribe:chain:*",
            "stats",
        ][..],
    );
    let principal = (0..6_u8, permissions, option::weighted(0.3, 0_u64..6)).prop_map(
        |(user, permission, end)| Principal {
            user_id: UserId::new(format!("u{user}")),
            key_id: None,
            key_hash: None,
            permissions: Permissions::new([permission]),
            expires_at: end.map(UnixMillis),
            limits: KeyLimits::default(),
        },
    );
    option::weighted(0.9, principal)
}

fn connection() -> impl Strategy<Value = ConnectionDocument> {
    // Most are on `prices`, so that it has many cohorts.
    let channel = prop_oneof![select(&CHANNELS[..2]), select(&CHANNELS[..])];
    let requests = vec((vec(channel, 0..4), filters()), 0..3);
    (0..120_u8, 1..1_000_u64, 0..2_u64, principal(), requests).prop_map(
        |(id, revision, connected_at, principal, requests)| {
            let mut subscription = Subscription::new(NOW);
            for (channels, filters) in requests {
                let parse = |name: &&str| SpelledChannel::parse(name).unwrap();
                let channels: Vec<_> = channels.iter().map(parse).collect();
                subscription.subscribe(&channels, filters, ChannelOptions::default());
            }
            ConnectionDocument {
                connected_at: UnixMillis(connected_at),
                principal,
                subscription: Some(subscription),
                ..document(&format!("c{id}"), revision, &[])
            }
        },
    )
}

fn data() -> impl Strategy<Value = String> {
    let facet = |name: &'static str, values: &'static [&'static str]| {
        option::weighted(0.7, select(values))
            .prop_map(move |value| value.map(|value| format!(r#""{name}":"{value}""#)))
    };
    let value = option::weighted(0.7, -1_i32..5);
    let user = option::weighted(0.2, 0..7_u8);
    (
        facet("protocol", &["p", "q", "r"]),
        facet("tokenId", &["eth", "0xaB", "x"]),
        facet("chain", &["base", "BSC", "not a channel"]),
        value.prop_map(|value| value.map(|value| format!(r#""value":{value}"#))),
        user.prop_map(|user| user.map(|user| format!(r#""userId":"u{user}""#))),
    )
        .prop_map(|(protocol, token, chain, value, user)| {
            let members = [protocol, token, chain, value, user];
            members.into_iter().flatten().collect::<Vec<_>>().join(",")
        })
}

fn target() -> impl Strategy<Value = Target> {
    let channel = || select(&CHANNELS[..]).prop_map(|name| Channel::parse(name).unwrap());
    prop_oneof![
        6 => Just(Target::default()),
        1 => channel().prop_map(|channel| Target::Derived(Some(channel))),
        1 => channel().prop_map(Target::Channel),
        1 => Just(Target::All),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let types = prop_oneof![
        Just("price_update"),
        select(&["tvl_change", "tvl_update", "alert", "other"][..]),
    ];
    let event = (types, data(), target(), 0_u64..7).prop_map(|(event_type, data, target, now)| {
        let json = format!(r#"{{"type":"{event_type}","data":{{{data}}}}}"#);
        Step::Event(json, target, UnixMillis(now))
    });
    prop_oneof![
        4 => connection().prop_map(Arc::new).prop_map(Step::Apply),
        1 => (0..120_u8, 0_u64..3).prop_map(|(id, at)| Step::Remove(format!("c{id}"), UnixMillis(at))),
        4 => event,
    ]
}

fn answer(recipients: Recipients) -> Answer {
    let names = |names: Spellings| names.iter().map(ToString::to_string).collect();
    let count = recipients.matched.len();
    let matched: BTreeMap<_, _> = recipients
        .matched
        .into_iter()
        .map(|(id, spellings)| (id.to_string(), names(spellings)))
        .collect();
    assert_eq!(matched.len(), count, "nobody gets an event twice");
    Answer {
        matched,
        filtered: recipients.filtered,
    }
}

/// The gauges as the documents say: connections, subscriptions, subscribers by channel.
fn gauges(naive: &Naive) -> (u64, u64, BTreeMap<Channel, u64>) {
    let (mut connections, mut subscriptions, mut by_channel) = (0, 0, BTreeMap::new());
    for document in naive.documents() {
        let channels = Naive::channels(document);
        connections += 1;
        subscriptions += u64::from(!channels.is_empty());
        for (channel, _) in channels {
            *by_channel.entry(channel.clone()).or_default() += 1;
        }
    }
    (connections, subscriptions, by_channel)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_index_answers_what_looking_at_every_document_answers(
        load in vec(connection(), 0..200),
        steps in vec(step(), 0..60),
    ) {
        let mut index = RoutingIndex::default();
        let mut naive = Naive::default();
        let load = load.into_iter().map(Arc::new).map(Step::Apply);
        for step in load.chain(steps) {
            match step {
                Step::Apply(document) => {
                    prop_assert_eq!(
                        index.apply(Arc::clone(&document)),
                        naive.apply(document)
                    );
                }
                Step::Remove(id, at) => {
                    prop_assert_eq!(
                        index.remove(&ConnectionId::new(id.as_str()), at),
                        naive.remove(&id, at)
                    );
                }
                Step::Event(json, target, now) => {
                    let event = event(&json, target);
                    let expected = naive.recipients(&event, now);
                    for document in naive.documents() {
                        let id = &document.connection_id;
                        let one = index.match_one(id, &event, now);
                        let one: Option<Vec<_>> =
                            one.map(|names| names.iter().map(ToString::to_string).collect());
                        prop_assert_eq!(one.as_ref(), expected.matched.get(id.as_str()));
                    }
                    prop_assert_eq!(index.matching(&event, now).len(), expected.matched.len());
                    prop_assert_eq!(answer(index.recipients(&event, now)), expected);
                }
            }
        }

        let mut counts = Counts::default();
        index.count(&mut counts);
        let counted = counts.by_channel.into_iter().collect();
        prop_assert_eq!((counts.connections, counts.subscriptions, counted), gauges(&naive));

        for document in naive.documents() {
            index.remove(&document.connection_id, document.connected_at);
        }
        prop_assert!(index.is_empty(), "nothing is left of those who left");
    }
}
