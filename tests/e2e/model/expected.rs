//! The model: what each connection holds, what waits for the worker, what was delivered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::actions::{CHANNELS, Event, Request};

#[derive(Debug, Default)]
pub(super) struct Model {
    connections: BTreeMap<&'static str, Connection>,
    seen: BTreeSet<u8>,
    /// How many events were published, repeats and broadcasts included.
    pub(super) published: usize,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Connection {
    /// Meaning, spelling and filters, in the order of joining.
    held: Vec<(&'static str, &'static str, Value)>,
    waiting: Vec<Sent>,
    pub(super) got: Vec<Delivery>,
}

/// What one frame has to say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Delivery {
    n: u64,
    event_type: String,
    channels: Vec<String>,
}

/// Something published, with all that decides who gets it.
#[derive(Debug, Clone)]
struct Sent {
    n: u64,
    event_type: &'static str,
    user: Option<&'static str>,
    to: To,
}

#[derive(Debug, Clone)]
enum To {
    /// These channels, for those whose filters let it pass.
    Matching(Vec<String>, Event),
    /// A channel, whatever the filters.
    Channel(&'static str),
    All,
}

impl Delivery {
    /// Reads a frame.
    pub(super) fn of(frame: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let channels: Vec<_> = match frame["channels"].as_array() {
            Some(channels) => channels.iter().map(text).collect(),
            None => vec![text(&frame["channel"])],
        };
        assert_eq!(
            channels.first().map(String::as_str),
            frame["channel"].as_str()
        );
        Self {
            n: frame["data"]["n"].as_u64().unwrap_or_default(),
            event_type: text(&frame["type"]),
            channels,
        }
    }
}

/// The part of a reply that the model foretells: its type, and what is wrong with what.
pub(super) fn gist(reply: &Value) -> Value {
    let channel_gist = |result: &Value| json!([result["channel"], result["error"]["code"]]);
    match reply["type"].as_str() {
        Some("error") => json!([reply["code"], reply["details"]["channels"]]),
        Some("subscription_result") => {
            let results = reply["results"].as_array().into_iter().flatten();
            results.map(channel_gist).collect()
        }
        _ => reply["type"].clone(),
    }
}

impl Model {
    pub(super) fn of(&self, id: &str) -> Connection {
        self.connections.get(id).cloned().unwrap_or_default()
    }

    /// What a request comes to, and the gist of its reply.
    pub(super) fn ask(&mut self, id: &'static str, request: &Request) -> Value {
        let connection = self.connections.entry(id).or_default();
        let reply = connection.ask(request);
        connection.forget_what_no_longer_matches(user_of(id));
        reply
    }

    /// Publishes; false for a repeat.
    pub(super) fn publish(&mut self, event: &Event) -> bool {
        self.published += 1;
        if event.event_id.is_some_and(|id| !self.seen.insert(id)) {
            return false;
        }
        let sent = Sent {
            n: u64::try_from(self.published).expect("a small number"),
            event_type: event.event_type,
            user: event.user.map(|(user, _)| user),
            to: To::Matching(channels_of(event), event.clone()),
        };
        self.send(&sent);
        true
    }

    /// Sends a broadcast; answers the request for it.
    pub(super) fn broadcast(&mut self, name: Option<&'static str>) -> Value {
        self.published += 1;
        let n = u64::try_from(self.published).expect("a small number");
        let sent = Sent {
            n,
            event_type: "system_announcement",
            user: None,
            to: name.and_then(meaning).map_or(To::All, To::Channel),
        };
        self.send(&sent);
        let message = json!({"type": "system_announcement", "data": {"n": n}});
        match name {
            Some(name) => json!({"channel": name, "message": message}),
            None => json!({"all": true, "message": message}),
        }
    }

    fn send(&mut self, sent: &Sent) {
        for id in super::CONNECTIONS {
            let connection = self.connections.entry(id).or_default();
            if connection.matches(sent, user_of(id)).is_some() {
                connection.waiting.push(sent.clone());
            }
        }
    }

    /// A frame has come while others wait; false when it was not waited for (any more).
    pub(super) fn came(&mut self, id: &'static str, frame: &Value) -> bool {
        let n = Delivery::of(frame).n;
        let connection = self.connections.entry(id).or_default();
        let place = connection.waiting.iter().position(|sent| sent.n == n);
        place
            .map(|place| connection.waiting.remove(place))
            .is_some()
    }

    /// What is still to come to a connection, by number.
    pub(super) fn awaited(&self, id: &str) -> Vec<u64> {
        self.of(id).waiting.iter().map(|sent| sent.n).collect()
    }

    /// The worker delivers what waits.
    pub(super) fn work(&mut self) {
        for (id, connection) in &mut self.connections {
            for sent in std::mem::take(&mut connection.waiting) {
                let channels = connection.matches(&sent, user_of(id));
                connection.got.extend(channels.map(|channels| Delivery {
                    n: sent.n,
                    event_type: sent.event_type.to_owned(),
                    channels,
                }));
            }
        }
    }
}

impl Connection {
    /// Spelling and filters, in order.
    pub(super) fn held(&self) -> Vec<(String, Value)> {
        let held = self.held.iter();
        held.map(|(_, spelling, filters)| ((*spelling).to_owned(), filters.clone()))
            .collect()
    }

    fn ask(&mut self, request: &Request) -> Value {
        match request {
            Request::Subscribe {
                dialect,
                channels,
                filters,
            } => self.subscribe(dialect, channels, filters),
            Request::Unsubscribe { dialect, channels } => {
                self.unsubscribe(dialect, channels.as_deref())
            }
            Request::Filters {
                channels, filters, ..
            } => self.filter(channels.as_deref(), filters),
        }
    }

    fn subscribe(&mut self, dialect: &str, names: &[&'static str], filters: &Value) -> Value {
        let bad = nonsense(names);
        if dialect == "action" && !bad.is_empty() {
            return json!(["INVALID_CHANNEL", bad]);
        }
        for spelling in names {
            let Some(channel) = meaning(spelling) else {
                continue;
            };
            let entry = (channel, *spelling, filters.clone());
            match self.held.iter_mut().find(|(held, ..)| *held == channel) {
                Some(held) => *held = entry,
                None => self.held.push(entry),
            }
        }
        if dialect == "action" {
            return json!("subscription_confirmed");
        }
        let code = |name| meaning(name).is_none().then_some("INVALID_CHANNEL");
        names.iter().map(|name| json!([name, code(name)])).collect()
    }

    fn unsubscribe(&mut self, dialect: &str, names: Option<&[&'static str]>) -> Value {
        let bad = nonsense(names.unwrap_or_default());
        if !bad.is_empty() {
            return json!(["INVALID_CHANNEL", bad]);
        }
        self.held.retain(|(channel, ..)| {
            names.is_some_and(|names| !names.iter().any(|name| meaning(name) == Some(channel)))
        });
        match dialect {
            "action" => json!("unsubscription_confirmed"),
            _ => json!("unsubscription_result"),
        }
    }

    fn filter(&mut self, names: Option<&[&'static str]>, filters: &Value) -> Value {
        let bad = nonsense(names.unwrap_or_default());
        if !bad.is_empty() {
            return json!(["INVALID_CHANNEL", bad]);
        }
        if self.held.is_empty() {
            return json!(["NOT_SUBSCRIBED", null]);
        }
        let wanted: Option<Vec<_>> =
            names.map(|names| names.iter().filter_map(|name| meaning(name)).collect());
        let missing: Vec<_> = wanted
            .iter()
            .flatten()
            .filter(|channel| !self.held.iter().any(|(held, ..)| held == *channel))
            .collect();
        if !missing.is_empty() {
            return json!(["NOT_SUBSCRIBED", missing]);
        }
        for (channel, _, held) in &mut self.held {
            if wanted
                .as_ref()
                .is_none_or(|wanted| wanted.contains(channel))
            {
                held.clone_from(filters);
            }
        }
        json!("filters_updated")
    }

    /// What the worker has not sent yet, it does not send after all.
    fn forget_what_no_longer_matches(&mut self, user: &str) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|sent| self.matches(sent, user).is_some());
        self.waiting = waiting;
    }

    /// On which channels, in the connection's spelling, it gets this; none: not at all.
    fn matches(&self, sent: &Sent, user: &str) -> Option<Vec<String>> {
        if sent.user.is_some_and(|owner| owner != user) {
            return None;
        }
        let spelling = |channel: &str, passes: &dyn Fn(&Value) -> bool| {
            let entry = self.held.iter().find(|(held, ..)| *held == channel)?;
            passes(&entry.2).then(|| entry.1.to_owned())
        };
        let channels: Vec<_> = match &sent.to {
            To::All => vec!["all".to_owned()],
            To::Channel(channel) => spelling(channel, &|_| true).into_iter().collect(),
            To::Matching(channels, event) => channels
                .iter()
                .filter_map(|channel| spelling(channel, &|filters| passes(filters, event)))
                .collect(),
        };
        (!channels.is_empty()).then_some(channels)
    }
}

fn user_of(id: &str) -> &'static str {
    if id.starts_with('a') { "alice" } else { "bob" }
}

fn meaning(name: &str) -> Option<&'static str> {
    CHANNELS.iter().find(|(other, _)| *other == name)?.1
}

fn nonsense(names: &[&'static str]) -> Vec<&'static str> {
    names
        .iter()
        .copied()
        .filter(|name| meaning(name).is_none())
        .collect()
}

/// The contract's table, for the types that are published here.
fn channels_of(event: &Event) -> Vec<String> {
    let token = event.token.map(|id| format!("token:{}", id.to_lowercase()));
    let protocol = event.protocol.map(|id| format!("protocol:{id}"));
    let chain = event.chain.map(str::to_lowercase);
    let on_chain = |suffix: &str| chain.as_ref().map(|chain| format!("chain:{chain}{suffix}"));
    let pair = event
        .protocol
        .zip(chain.as_ref())
        .map(|(protocol, chain)| format!("{protocol}:{chain}"));
    let general = |name: &str| Some(name.to_owned());
    let tvl = [
        general("tvl"),
        protocol.clone(),
        on_chain(""),
        on_chain(":tvl"),
        pair,
    ];

    let channels: Vec<Option<String>> = match event.event_type {
        "price_update" => vec![general("prices"), token, on_chain(""), on_chain(":prices")],
        "tvl_change" => tvl.to_vec(),
        "tvl_update" => tvl.into_iter().chain([general("protocols")]).collect(),
        "protocol_update" => vec![general("protocols"), protocol],
        "alert" => vec![general("alerts")],
        "governance" => vec![general("governance"), protocol],
        _ => vec![general("general")],
    };
    channels.into_iter().flatten().collect()
}

/// Fields are joined by AND, values by OR; what the event does not have does not matter.
fn passes(filters: &Value, event: &Event) -> bool {
    let listed = |field: &str, facet: Option<&str>| {
        let values = filters[field]
            .as_array()
            .filter(|values| !values.is_empty());
        let same = |value: &Value, facet: &str| {
            value
                .as_str()
                .is_some_and(|value| value.eq_ignore_ascii_case(facet))
        };
        values
            .zip(facet)
            .is_none_or(|(values, facet)| values.iter().any(|value| same(value, facet)))
    };
    let value = event.value.map(f64::from);
    let above = |bound: &Value| {
        bound
            .as_f64()
            .zip(value)
            .is_none_or(|(min, value)| value >= min)
    };
    let below = |bound: &Value| {
        bound
            .as_f64()
            .zip(value)
            .is_none_or(|(max, value)| value <= max)
    };
    listed("tokenIds", event.token)
        && listed("protocolIds", event.protocol)
        && listed("chains", event.chain)
        && listed("eventTypes", Some(event.event_type))
        && above(&filters["minValue"])
        && below(&filters["maxValue"])
}
