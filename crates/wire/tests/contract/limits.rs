//! Every limit just below, at and just above.

use llama_ws_wire::{
    ErrorCode, MAX_BROADCAST_BYTES, MAX_CHANNEL_COUNT, MAX_CONNECTION_ID_CHARS,
    MAX_CREDENTIAL_BYTES, MAX_FILTER_VALUE_BYTES, MAX_FILTER_VALUES, MAX_ID_CHARS,
    MAX_REQUEST_BYTES, decode, decode_http_broadcast, decode_http_filters, decode_http_subscribe,
    decode_http_unsubscribe,
};
use serde_json::{Value, json};

/// `text(n)` is good for n - 1 and n and refused with `code` for n + 1.
fn check(limit: usize, code: ErrorCode, text: impl Fn(usize) -> String) {
    for good in [limit - 1, limit] {
        assert!(decode(&text(good)).is_ok(), "{good} of {limit}");
    }
    let refusal = decode(&text(limit + 1)).unwrap_err();
    assert_eq!(refusal.error.code, code);
}

fn subscribe(field: &str, value: &Value) -> String {
    json!({ "type": "subscribe", "channels": ["prices"], field: value }).to_string()
}

#[test]
fn ids_have_at_most_64_characters() {
    for character in ["x", "é", "🦙", "\u{1}"] {
        check(MAX_ID_CHARS, ErrorCode::InvalidMessage, |n| {
            json!({ "type": "ping", "id": character.repeat(n) }).to_string()
        });
    }
}

#[test]
fn requests_list_at_most_50_channels() {
    for verb in ["subscribe", "unsubscribe", "filters"] {
        check(MAX_CHANNEL_COUNT, ErrorCode::TooManyChannels, |n| {
            json!({ "type": verb, "channels": vec!["prices"; n], "filters": {} }).to_string()
        });
    }
    assert!(decode(r#"{"type":"subscribe","channels":[]}"#).is_err());
}

#[test]
fn filter_lists_hold_at_most_200_values() {
    for field in ["protocolIds", "tokenIds", "chains", "eventTypes"] {
        check(MAX_FILTER_VALUES, ErrorCode::InvalidFilter, |n| {
            subscribe("filters", &json!({ field: vec!["x"; n] }))
        });
        assert!(decode(&subscribe("filters", &json!({ field: [] }))).is_ok());
    }
}

#[test]
fn filter_values_have_1_to_256_bytes() {
    check(MAX_FILTER_VALUE_BYTES, ErrorCode::InvalidFilter, |n| {
        subscribe("filters", &json!({ "chains": ["x".repeat(n)] }))
    });
    check(MAX_FILTER_VALUE_BYTES / 2, ErrorCode::InvalidFilter, |n| {
        subscribe("filters", &json!({ "chains": ["é".repeat(n)] }))
    });
    assert!(decode(&subscribe("filters", &json!({ "chains": ["x"] }))).is_ok());
    assert!(decode(&subscribe("filters", &json!({ "chains": [""] }))).is_err());
}

#[test]
fn credentials_have_1_to_4096_bytes() {
    for key in ["apiKey", "token"] {
        check(MAX_CREDENTIAL_BYTES, ErrorCode::InvalidMessage, |n| {
            json!({ "type": "authenticate", key: "x".repeat(n) }).to_string()
        });
        assert!(decode(&json!({ "type": "authenticate", key: "x" }).to_string()).is_ok());
        assert!(decode(&json!({ "type": "authenticate", key: "" }).to_string()).is_err());
    }
}

#[test]
fn rates_lie_between_a_tenth_and_50() {
    for (rate, good) in [
        ("0", false),
        ("0.09999999", false),
        ("0.1", true),
        ("1e-1", true),
        ("0.10000001", true),
        ("49.999", true),
        ("50", true),
        ("5e1", true),
        ("50.00001", false),
        ("51", false),
        ("-1", false),
        ("1e400", false),
    ] {
        let text = format!(
            r#"{{"type":"subscribe","channels":["prices"],"options":{{"batch":true,"maxRate":{rate}}}}}"#
        );
        match decode(&text) {
            Ok(_) => assert!(good, "{rate}"),
            Err(refusal) => {
                assert!(!good, "{rate}");
                assert_eq!(refusal.error.code, ErrorCode::InvalidOption);
            }
        }
    }
}

#[test]
fn requests_have_at_most_32_kilobytes() {
    check(MAX_REQUEST_BYTES, ErrorCode::PayloadTooLarge, |n| {
        padded(r#"{"type":"ping"}"#, n)
    });
}

#[test]
fn http_bodies_have_at_most_32_kilobytes() {
    let body = r#"{"connectionId":"c","channels":["prices"],"filters":{}}"#;
    for (size, good) in [
        (MAX_REQUEST_BYTES - 1, true),
        (MAX_REQUEST_BYTES, true),
        (MAX_REQUEST_BYTES + 1, false),
    ] {
        let body = padded(body, size);
        for result in [
            decode_http_subscribe(&body).err(),
            decode_http_unsubscribe(&body).err(),
            decode_http_filters(&body).err(),
        ] {
            let code = result.map(|error| error.code);
            assert_eq!(code, (!good).then_some(ErrorCode::PayloadTooLarge));
        }
    }
}

#[test]
fn broadcast_bodies_have_at_most_256_kilobytes() {
    let body = r#"{"all":true,"message":{}}"#;
    for size in [MAX_BROADCAST_BYTES - 1, MAX_BROADCAST_BYTES] {
        assert!(decode_http_broadcast(&padded(body, size)).is_ok());
    }
    let error = decode_http_broadcast(&padded(body, MAX_BROADCAST_BYTES + 1)).unwrap_err();
    assert_eq!(error.code, ErrorCode::PayloadTooLarge);
}

#[test]
fn connection_ids_have_1_to_128_characters() {
    for (length, good) in [
        (0, false),
        (1, true),
        (MAX_CONNECTION_ID_CHARS - 1, true),
        (MAX_CONNECTION_ID_CHARS, true),
        (MAX_CONNECTION_ID_CHARS + 1, false),
    ] {
        let body = json!({ "connectionId": "c".repeat(length) }).to_string();
        assert_eq!(decode_http_unsubscribe(&body).is_ok(), good, "{length}");
    }
}

fn padded(text: &str, size: usize) -> String {
    format!("{text}{}", " ".repeat(size - text.len()))
}
