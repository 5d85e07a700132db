//! Who is subscribed to what in the matching rows: prices of ten tokens, each from a different
//! value on, half of the clients in the other spelling. The event passes half the bounds of one
//! token: 5 % match.

use std::sync::Arc;

use llama_ws_core::{
    Arrival, ChannelOptions, ConnectionDocument, ConnectionId, Event, EventId, Filters, KeyLimits,
    Permissions, Principal, RoutedEvent, RoutingIndex, SpelledChannel, Subscription, Target,
    UnixMillis, UserId,
};
use serde_json::Number;

/// When everything happens.
pub(crate) const NOW: UnixMillis = UnixMillis(1_764_000_000_000);

/// How many tokens the filters ask for.
pub(crate) const TOKENS: u32 = 10;

/// A number of subscriptions, each one connection and one channel, over distinct filters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workload {
    pub(crate) subscriptions: u32,
    pub(crate) filters: u32,
}

impl Workload {
    /// The filter of the `n`th subscription.
    pub(crate) fn filter(self, n: u32) -> Filters {
        let which = n % self.filters;
        Filters {
            token_ids: Some(vec![format!("token-{}", which % TOKENS)]),
            min_value: Some(Number::from(which / TOKENS)),
            ..Filters::default()
        }
    }

    /// The document of the `n`th connection.
    pub(crate) fn document(self, n: u32, revision: u64) -> Arc<ConnectionDocument> {
        self.asking(n, self.filter(n), revision)
    }

    /// The document of the `n`th connection, with another's filter.
    pub(crate) fn changed(self, n: u32, revision: u64) -> Arc<ConnectionDocument> {
        let step = u32::try_from(revision).unwrap_or_default() * 7;
        self.asking(n, self.filter(n + step), revision)
    }

    /// The highest bound that the event passes, in whole numbers.
    #[cfg(feature = "peers")]
    pub(crate) fn passed_bound(self) -> i64 {
        i64::from(self.filters / TOKENS / 2) - 1
    }

    fn asking(self, n: u32, filters: Filters, revision: u64) -> Arc<ConnectionDocument> {
        let spelling = if (n / self.filters).is_multiple_of(2) {
            "prices"
        } else {
            "events:prices"
        };
        let mut subscription = Subscription::new(NOW);
        let channels: Vec<_> = SpelledChannel::parse(spelling).into_iter().collect();
        subscription.subscribe(&channels, filters, ChannelOptions::default());
        Arc::new(ConnectionDocument {
            connection_id: ConnectionId::new(format!("Lx3kq{n:09}cA=")),
            revision,
            connected_at: NOW,
            principal: Some(Principal {
                user_id: UserId::new(format!("user-{n}")),
                key_id: None,
                key_hash: None,
                permissions: Permissions::new(["*"]),
                expires_at: None,
                limits: KeyLimits::default(),
            }),
            authenticated_at: None,
            auth_deadline: None,
            source_ip: "192.0.2.1".to_owned(),
            user_agent: None,
            subscription: Some(subscription),
        })
    }

    pub(crate) fn index(self) -> RoutingIndex {
        let mut index = RoutingIndex::default();
        for n in 0..self.subscriptions {
            index.apply(self.document(n, 1));
        }
        index
    }

    /// The price that every row asks about.
    #[expect(clippy::expect_used, reason = "the event is written here")]
    pub(crate) fn event(self) -> RoutedEvent {
        let value = f64::from(self.filters / TOKENS / 2) - 0.5;
        let json = format!(
            r#"{{"type":"price_update","data":{{"tokenId":"token-3","chain":"base","price":{value}}}}}"#
        );
        let arrival = Arrival {
            now: NOW,
            fallback_id: EventId::new("e"),
            target: Target::default(),
        };
        RoutedEvent::new(Arc::new(
            Event::parse(&json, arrival).expect("a valid event"),
        ))
    }
}
