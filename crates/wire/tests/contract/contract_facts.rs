//! Codes, frame types and limits against the vectors.

use llama_ws_wire::{self as wire, ErrorCode, FRAME_TYPES, is_frame_type};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::vectors;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contract {
    codes: Vec<Value>,
    frame_types: Vec<String>,
    limits: Value,
}

fn contract() -> Contract {
    vectors::read("contract.json")
}

#[test]
fn codes_are_those_of_the_contract() {
    let codes: Vec<_> = ErrorCode::ALL
        .into_iter()
        .map(|code| {
            json!({
                "code": code,
                "retryable": code.retryable(),
                "status": code.http_status(),
            })
        })
        .collect();

    assert_eq!(codes, contract().codes);
}

#[test]
fn codes_are_read_back() {
    for code in ErrorCode::ALL {
        assert_eq!(ErrorCode::parse(code.as_str()), Some(code));
        assert_eq!(code.to_string().parse(), Ok(code));
        assert_eq!(
            serde_json::from_value::<ErrorCode>(json!(code)).unwrap(),
            code
        );
    }
    for name in ["", "internal", "INTERNAL ", "TIMEOUT"] {
        assert_eq!(ErrorCode::parse(name), None);
    }
}

#[test]
fn frame_types_are_those_of_the_contract() {
    assert_eq!(FRAME_TYPES, contract().frame_types);
    assert!(is_frame_type("batch"));
    assert!(!is_frame_type("price_update"));
}

#[test]
fn limits_are_those_of_the_contract() {
    let limits = json!({
        "requestBytes": wire::MAX_REQUEST_BYTES,
        "broadcastBytes": wire::MAX_BROADCAST_BYTES,
        "replyBytes": wire::MAX_REPLY_BYTES,
        "idChars": wire::MAX_ID_CHARS,
        "connectionIdChars": wire::MAX_CONNECTION_ID_CHARS,
        "credentialBytes": wire::MAX_CREDENTIAL_BYTES,
        "channels": wire::MAX_CHANNEL_COUNT,
        "filterValues": wire::MAX_FILTER_VALUES,
        "filterValueBytes": wire::MAX_FILTER_VALUE_BYTES,
        "minRate": wire::MIN_RATE,
        "maxRate": wire::MAX_RATE,
        "echoChars": wire::MAX_ECHO_CHARS,
    });

    assert_eq!(limits, contract().limits);
}
