//! Who follows what.

use std::collections::BTreeSet;

use llama_ws_core::{
    ChannelOptions, ConnectionDocument, ConnectionId, Filters, KeyLimits, Permissions, Principal,
    SpelledChannel, Subscription, UnixMillis, UserId,
};

use super::chance::{Chance, Weights};

/// How many tokens have prices.
pub(super) const TOKENS: u32 = 5_000;

/// Price updates a millisecond, twice over.
pub(super) const UPDATES_IN_2_MS: usize = 5;

/// How many clients get alerts as well.
pub(super) const ALERTED: u32 = 500;

/// A number of clients who follow a number of tokens each, and what the budget asks of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile {
    pub(super) name: &'static str,
    pub(super) clients: u32,
    pub(super) follows: usize,
    /// From one frame of a client to the next.
    pub(super) interval_s: f64,
    pub(super) most_frames: f64,
    pub(super) most_lag_ms: f64,
    pub(super) most_of_naive: f64,
    pub(super) changeable_to_came: f64,
}

impl Profile {
    pub(super) const PORTFOLIO: Self = Self {
        name: "portfolio",
        clients: 7_000,
        follows: 20,
        interval_s: 1.0,
        most_frames: 7_000.0,
        most_lag_ms: 1_150.0,
        most_of_naive: 0.15,
        changeable_to_came: 1.0526,
    };
    pub(super) const DESK: Self = Self {
        name: "desk",
        follows: 200,
        most_of_naive: 0.02,
        ..Self::PORTFOLIO
    };
    pub(super) const FULL: Self = Self {
        name: "full",
        clients: 10_000,
        interval_s: 1.25,
        most_frames: 8_000.0,
        most_lag_ms: 1_400.0,
        ..Self::PORTFOLIO
    };

    /// The tokens of one client: some are followed more than others.
    pub(super) fn tokens(self, chance: &mut Chance, popularity: &Weights) -> BTreeSet<usize> {
        let mut tokens = BTreeSet::new();
        while tokens.len() < self.follows {
            tokens.insert(popularity.pick(chance));
        }
        tokens
    }
}

/// Which prices change.
#[derive(Debug, Clone, Copy)]
pub(super) enum Updates {
    Uniform,
    Zipf,
}

impl Updates {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf => "Zipf",
        }
    }

    pub(super) fn weights(self) -> Weights {
        match self {
            Self::Uniform => Weights::uniform(TOKENS),
            Self::Zipf => Weights::zipf(TOKENS),
        }
    }
}

/// The document of the `n`th client: few tokens by their channels, many by a filter.
pub(super) fn document(n: u32, tokens: &BTreeSet<usize>, now: UnixMillis) -> ConnectionDocument {
    let mut subscription = Subscription::new(now);
    let names: Vec<String> = tokens.iter().map(|token| format!("t{token}")).collect();
    let mut join = |channels: &[String], filters: Filters| {
        let channels: Vec<SpelledChannel> = channels
            .iter()
            .filter_map(|name| SpelledChannel::parse(name).ok())
            .collect();
        subscription.subscribe(&channels, filters, ChannelOptions { conflate: true });
    };
    if n < ALERTED {
        join(&["alerts".to_owned()], Filters::default());
    }
    if names.len() > 50 {
        let filters = Filters {
            token_ids: Some(names),
            ..Filters::default()
        };
        join(&["prices".to_owned()], filters);
    } else {
        let channels: Vec<String> = names.iter().map(|name| format!("token:{name}")).collect();
        join(&channels, Filters::default());
    }
    subscription.update_delivery(Some(true), Some(1.0));
    ConnectionDocument {
        connection_id: ConnectionId::new(format!("c{n:05}")),
        revision: 2,
        connected_at: now,
        principal: Some(Principal {
            user_id: UserId::new("u"),
            key_id: None,
            key_hash: None,
            permissions: Permissions::new(["*"]),
            expires_at: None,
            limits: KeyLimits::default(),
        }),
        authenticated_at: None,
        auth_deadline: None,
        source_ip: String::new(),
        user_agent: None,
        subscription: Some(subscription),
    }
}
