//! Requests that are refused whatever the state of the connection.

use serde_json::{Value, json};

/// Requests that are refused on a connection of the demo key, with the code and details of each.
pub(super) fn refused_requests() -> Vec<(String, &'static str, Value)> {
    let field = |name: &str| json!({"field": name});
    let none = Value::Null;
    let many: Vec<_> = (0..51).map(|n| format!("token:{n}")).collect();
    let large = "x".repeat(200);
    let values: Vec<_> = (0..125).map(|n| format!("{n}{large}")).collect();
    let json = |value: Value| value.to_string();
    vec![
        (String::new(), "INVALID_JSON", none.clone()),
        ("subscribe".into(), "INVALID_JSON", none.clone()),
        (r#"{"type":"ping""#.into(), "INVALID_JSON", none.clone()),
        (r#"{"type":"ping"} {}"#.into(), "INVALID_JSON", none.clone()),
        ("{'type':'ping'}".into(), "INVALID_JSON", none.clone()),
        ("[]".into(), "INVALID_MESSAGE", none.clone()),
        ("null".into(), "INVALID_MESSAGE", none.clone()),
        (r#""ping""#.into(), "INVALID_MESSAGE", none.clone()),
        (json(json!({"type": 7})), "INVALID_MESSAGE", field("type")),
        (
            json(json!({"action": null, "type": "ping"})),
            "INVALID_MESSAGE",
            field("action"),
        ),
        (
            json(json!({"type": "ping", "id": 1.5})),
            "INVALID_MESSAGE",
            field("id"),
        ),
        (
            json(json!({"type": "subscribe"})),
            "INVALID_MESSAGE",
            field("channels"),
        ),
        (
            json(json!({"type": "subscribe", "channels": []})),
            "INVALID_MESSAGE",
            field("channels"),
        ),
        (
            json(json!({"type": "subscribe", "channels": "prices"})),
            "INVALID_MESSAGE",
            field("channels"),
        ),
        (
            json(json!({"type": "subscribe", "channels": ["prices", 7]})),
            "INVALID_MESSAGE",
            field("channels"),
        ),
        (
            json(json!({"type": "unsubscribe", "channels": []})),
            "INVALID_MESSAGE",
            field("channels"),
        ),
        (
            json(json!({"type": "filters"})),
            "INVALID_MESSAGE",
            field("filters"),
        ),
        (
            json(json!({"type": "resume"})),
            "INVALID_MESSAGE",
            field("since"),
        ),
        (json(json!({})), "UNKNOWN_TYPE", none.clone()),
        (json(json!({"type": ""})), "UNKNOWN_TYPE", none.clone()),
        (
            json(json!({"type": "Subscribe", "channels": ["prices"]})),
            "UNKNOWN_TYPE",
            none.clone(),
        ),
        (
            json(json!({"action": "publish", "type": "ping"})),
            "UNKNOWN_TYPE",
            none.clone(),
        ),
        (
            json(json!({"type": "authenticate", "apiKey": "unknown"})),
            "INVALID_CREDENTIAL",
            none.clone(),
        ),
        (
            json(json!({"type": "authenticate", "apiKey": "bob-key"})),
            "INVALID_CREDENTIAL",
            none.clone(),
        ),
        (
            json(json!({"action": "subscribe", "channels": ["alerts", "nonsense", "a:b:c"]})),
            "INVALID_CHANNEL",
            json!({"channels": ["nonsense", "a:b:c"]}),
        ),
        (
            json(json!({"type": "unsubscribe", "channels": ["prices", "nonsense"]})),
            "INVALID_CHANNEL",
            json!({"channels": ["nonsense"]}),
        ),
        (
            json(json!({"type": "filters", "filters": {}, "channels": ["nonsense"]})),
            "INVALID_CHANNEL",
            json!({"channels": ["nonsense"]}),
        ),
        (
            json(json!({"type": "subscribe", "channel": "tvl", "filters": {"minValue": "1"}})),
            "INVALID_FILTER",
            field("minValue"),
        ),
        (
            json(json!({"type": "filters", "filters": {"minValue": 2, "maxValue": 1}})),
            "INVALID_FILTER",
            field("minValue"),
        ),
        (
            json(json!({"type": "subscribe", "channel": "tvl", "filters": {"tokens": ["x"]}})),
            "INVALID_FILTER",
            field("tokens"),
        ),
        (
            json(json!({"type": "subscribe", "channel": "tvl", "filters": []})),
            "INVALID_FILTER",
            field("filters"),
        ),
        (
            json(json!({"type": "subscribe", "channel": "tvl", "options": {"batch": 1}})),
            "INVALID_OPTION",
            field("batch"),
        ),
        (
            json(json!({"type": "subscribe", "channel": "tvl", "options": {"maxRate": 1}})),
            "INVALID_OPTION",
            field("maxRate"),
        ),
        (
            json(json!({"type": "subscribe", "channel": "tvl", "since": "yesterday"})),
            "INVALID_OFFSET",
            field("since"),
        ),
        (
            json(json!({"type": "resume", "since": 7})),
            "INVALID_OFFSET",
            field("since"),
        ),
        (
            json(json!({"type": "subscribe", "channels": many})),
            "TOO_MANY_CHANNELS",
            json!({"limit": 50}),
        ),
        (
            json(json!({"type": "subscribe", "channel": "tvl", "filters": {"tokenIds": values}})),
            "TOO_MANY_CHANNELS",
            json!({"limit": 24 * 1024, "unit": "bytes"}),
        ),
        (
            json(json!({"type": "filters", "filters": {}, "channels": ["prices", "tvl"]})),
            "NOT_SUBSCRIBED",
            json!({"channels": ["tvl"]}),
        ),
    ]
}
