//! What may happen in a run, and how it is said to the service.

use proptest::prelude::*;
use serde_json::{Value, json};

/// The connections; the first letter is the user's.
pub(super) const CONNECTIONS: [&str; 4] = ["a1", "a2", "b1", "b2"];

/// Names that are channels, with what each means; and one that is none.
pub(super) const CHANNELS: [(&str, Option<&str>); 18] = [
    ("prices", Some("prices")),
    ("events:prices", Some("prices")),
    ("tvl", Some("tvl")),
    ("tvl_changes", Some("tvl")),
    ("events:alerts", Some("alerts")),
    ("protocols", Some("protocols")),
    ("general", Some("general")),
    ("token:ethereum", Some("token:ethereum")),
    ("token:0xAB", Some("token:0xab")),
    ("events:token:0xab", Some("token:0xab")),
    ("chain:Ethereum", Some("chain:ethereum")),
    ("chain:bsc", Some("chain:bsc")),
    ("chain:ETHEREUM:prices", Some("chain:ethereum:prices")),
    ("chain:bsc:tvl", Some("chain:bsc:tvl")),
    ("protocol:lido", Some("protocol:lido")),
    ("lido:Ethereum", Some("lido:ethereum")),
    ("governance", Some("governance")),
    ("nonsense", None),
];

/// A step of a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    /// A connection asks for something.
    Ask {
        id: &'static str,
        over_http: bool,
        request: Request,
    },
    /// The Event Processor publishes.
    Publish(Event),
    /// Somebody sends a broadcast, to a channel or to all.
    Broadcast(Option<&'static str>),
    /// Time passes.
    Wait(u64),
    /// The worker gets a turn.
    Work,
}

/// A change of a subscription.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Request {
    Subscribe {
        dialect: &'static str,
        channels: Vec<&'static str>,
        filters: Value,
    },
    Unsubscribe {
        dialect: &'static str,
        channels: Option<Vec<&'static str>>,
    },
    Filters {
        dialect: &'static str,
        channels: Option<Vec<&'static str>>,
        filters: Value,
    },
}

/// An event, with the facets it has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) event_id: Option<u8>,
    pub(super) event_type: &'static str,
    pub(super) token: Option<&'static str>,
    pub(super) protocol: Option<&'static str>,
    pub(super) chain: Option<&'static str>,
    pub(super) value: Option<i32>,
    /// Whose it is, and where that is written.
    pub(super) user: Option<(&'static str, &'static str)>,
}

impl Request {
    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::Subscribe { .. } => "subscribe",
            Self::Unsubscribe { .. } => "unsubscribe",
            Self::Filters { .. } => "filters",
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let (dialect, channels, filters) = match self {
            Self::Subscribe {
                dialect,
                channels,
                filters,
            } => (dialect, Some(channels), Some(filters)),
            Self::Unsubscribe { dialect, channels } => (dialect, channels.as_ref(), None),
            Self::Filters {
                dialect,
                channels,
                filters,
            } => (dialect, channels.as_ref(), Some(filters)),
        };
        let mut request = json!({*dialect: self.verb()});
        if let Some(channels) = channels {
            request["channels"] = json!(channels);
        }
        if let Some(filters) = filters {
            request["filters"] = filters.clone();
        }
        request
    }
}

impl Event {
    /// The event as the `n`-th that is published.
    pub(super) fn to_json(&self, n: usize) -> Value {
        let mut data = json!({"n": n});
        let facets = [
            ("tokenId", self.token.map(Value::from)),
            ("protocolId", self.protocol.map(Value::from)),
            ("chain", self.chain.map(Value::from)),
            ("value", self.value.map(Value::from)),
        ];
        for (name, value) in facets {
            if let Some(value) = value {
                data[name] = value;
            }
        }
        let event_id = self
            .event_id
            .map_or_else(|| format!("own-{n}"), |id| format!("shared-{id}"));
        let mut event = json!({"eventId": event_id, "eventType": self.event_type, "data": data});
        match self.user {
            Some((user, "top")) => event["userId"] = json!(user),
            Some((user, place)) => event[place]["userId"] = json!(user),
            None => {}
        }
        event
    }
}

pub(super) fn key_of(id: &str) -> &'static str {
    if id.starts_with('a') {
        "alice-key"
    } else {
        "bob-key"
    }
}

/// A run of up to 60 steps.
pub(super) fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        6 => ask(),
        8 => event().prop_map(Action::Publish),
        1 => broadcast().prop_map(Action::Broadcast),
        1 => (0..5_u64).prop_map(Action::Wait),
        4 => Just(Action::Work),
    ];
    prop::collection::vec(action, 1..60)
}

fn ask() -> impl Strategy<Value = Action> {
    let id = || prop::sample::select(&CONNECTIONS[..]);
    let by = |over_http: bool| {
        move |(id, request)| Action::Ask {
            id,
            over_http,
            request,
        }
    };
    prop_oneof![
        2 => (id(), request("type")).prop_map(by(false)),
        2 => (id(), request("action")).prop_map(by(false)),
        // Over HTTP there is one dialect.
        1 => (id(), request("action")).prop_map(by(true)),
    ]
}

fn request(dialect: &'static str) -> impl Strategy<Value = Request> {
    let some = || prop::option::of(channels(1..4));
    prop_oneof![
        4 => (channels(1..5), filters()).prop_map(move |(channels, filters)| {
            Request::Subscribe { dialect, channels, filters }
        }),
        2 => some().prop_map(move |channels| Request::Unsubscribe { dialect, channels }),
        2 => (some(), filters()).prop_map(move |(channels, filters)| {
            Request::Filters { dialect, channels, filters }
        }),
    ]
}

fn channels(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<&'static str>> {
    // The one that is no channel comes up now and then.
    let valid = prop::sample::select(&CHANNELS[..CHANNELS.len() - 1]);
    let name = prop_oneof![40 => valid, 1 => Just(("nonsense", None))];
    prop::collection::vec(name.prop_map(|(name, _)| name), count)
}

fn filters() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => Just(json!({})),
        1 => Just(json!({"tokenIds": ["ethereum", "bitcoin"]})),
        1 => Just(json!({"tokenIds": ["0xaB"]})),
        1 => Just(json!({"chains": ["Ethereum"]})),
        1 => Just(json!({"chains": []})),
        1 => Just(json!({"minValue": 10})),
        1 => Just(json!({"maxValue": 10.0})),
        1 => Just(json!({"minValue": 5, "maxValue": 15, "chains": ["BSC", "ethereum"]})),
        1 => Just(json!({"eventTypes": ["alert", "tvl_change"]})),
        1 => Just(json!({"protocolIds": ["lido"], "tokenIds": ["bitcoin"]})),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    const TYPES: [&str; 8] = [
        "price_update",
        "price_update",
        "tvl_change",
        "tvl_update",
        "protocol_update",
        "alert",
        "governance",
        "volume_update",
    ];
    let one_of = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let user = (
        prop::sample::select(&["alice", "bob", "nobody"][..]),
        prop::sample::select(&["top", "metadata", "data"][..]),
    );
    (
        prop::option::weighted(0.2, 0..6_u8),
        prop::sample::select(&TYPES[..]),
        one_of(&["ethereum", "bitcoin", "0xab", "0xAB"]),
        one_of(&["lido", "aave-v3"]),
        one_of(&["ethereum", "Ethereum", "bsc"]),
        prop::option::of(prop::sample::select(&[1, 10, 12, 100][..])),
        prop::option::weighted(0.2, user),
    )
        .prop_map(
            |(event_id, event_type, token, protocol, chain, value, user)| Event {
                event_id,
                event_type,
                token,
                protocol,
                chain,
                value,
                user,
            },
        )
}

fn broadcast() -> impl Strategy<Value = Option<&'static str>> {
    let valid = prop::sample::select(&CHANNELS[..CHANNELS.len() - 1]);
    prop::option::of(valid.prop_map(|(name, _)| name))
}
