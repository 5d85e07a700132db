//! What a listener asks of the service.

use llama_ws_core::Offset;
use serde::Serialize;
use serde_json::{Number, Value, json};

/// The ids of our requests, which their replies echo.
pub(super) const SUBSCRIBE_ID: &str = "subscribe";
pub(super) const RESUME_ID: &str = "resume";

/// Keeps an idle connection open.
pub(super) const PING: &str = r#"{"type":"ping"}"#;

/// What to listen to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subscription {
    /// Channels, spelled as their frames shall spell them.
    pub channels: Vec<String>,
    /// Which of their events.
    pub filters: Filters,
    /// How they are delivered.
    pub options: DeliveryOptions,
}

/// Constraints; all must hold, and within a list any.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Filters {
    /// Protocols.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protocol_ids: Vec<String>,
    /// Tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_ids: Vec<String>,
    /// Chains.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chains: Vec<String>,
    /// Event types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub event_types: Vec<String>,
    /// At least this value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_value: Option<Number>,
    /// At most this value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_value: Option<Number>,
}

/// Delivery options; an absent one keeps the service's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryOptions {
    /// Several messages in one frame.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub batch: bool,
    /// Only the latest per key while waiting.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub conflate: bool,
    /// The latest matching event per key first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub snapshot: bool,
    /// Frames a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rate: Option<Number>,
}

/// A request in flight, or waiting to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// Subscribe, continuing after the offset if there is one.
    Subscribe(Option<Offset>),
    /// Send again what came after the offset.
    Resume(Offset),
}

impl Request {
    pub(super) fn to_json(self, subscription: &Subscription) -> String {
        match self {
            Self::Subscribe(since) => subscribe(subscription, since).to_string(),
            Self::Resume(since) => {
                json!({"type": "resume", "id": RESUME_ID, "since": since}).to_string()
            }
        }
    }
}

fn subscribe(subscription: &Subscription, since: Option<Offset>) -> Value {
    let Subscription {
        channels,
        filters,
        options,
    } = subscription;
    let members = [
        ("type", json!("subscribe")),
        ("id", json!(SUBSCRIBE_ID)),
        ("channels", json!(channels)),
        ("filters", json!(filters)),
        ("options", json!(options)),
        ("since", json!(since)),
    ];
    let said = |value: &Value| !value.is_null() && *value != json!({});
    members
        .into_iter()
        .filter(|(_, value)| said(value))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(request: Request, subscription: &Subscription, expected: &Value) {
        let text = request.to_json(subscription);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *expected);
    }

    #[test]
    fn what_is_not_asked_for_is_left_out() {
        let subscription = Subscription {
            channels: vec!["prices".to_owned()],
            ..Subscription::default()
        };

        check(
            Request::Subscribe(None),
            &subscription,
            &json!({"type": "subscribe", "id": "subscribe", "channels": ["prices"]}),
        );
        check(
            Request::Resume(Offset::new(5, 1)),
            &subscription,
            &json!({"type": "resume", "id": "resume", "since": "5-1"}),
        );
    }

    #[test]
    fn everything_can_be_asked_for() {
        let subscription = Subscription {
            channels: vec!["prices".to_owned(), "events:tvl".to_owned()],
            filters: Filters {
                protocol_ids: vec!["lido".to_owned()],
                token_ids: vec!["ethereum".to_owned()],
                chains: vec!["base".to_owned()],
                event_types: vec!["price_update".to_owned()],
                min_value: Some(1.into()),
                max_value: Number::from_f64(2.5),
            },
            options: DeliveryOptions {
                batch: true,
                conflate: true,
                snapshot: true,
                max_rate: Some(2.into()),
            },
        };

        check(
            Request::Subscribe(Some(Offset::new(7, 0))),
            &subscription,
            &json!({
                "type": "subscribe",
                "id": "subscribe",
                "channels": ["prices", "events:tvl"],
                "filters": {
                    "protocolIds": ["lido"],
                    "tokenIds": ["ethereum"],
                    "chains": ["base"],
                    "eventTypes": ["price_update"],
                    "minValue": 1,
                    "maxValue": 2.5,
                },
                "options": {"batch": true, "conflate": true, "snapshot": true, "maxRate": 2},
                "since": "7-0",
            }),
        );
    }
}
