//! Vectors of WebSocket requests.

use llama_ws_wire::{ErrorCode, MAX_ECHO_CHARS, decode};
use serde::Deserialize;

use crate::canonical;
use crate::vectors::{Expected, check_all, same};

#[derive(Deserialize)]
struct Row {
    name: String,
    text: String,
    #[serde(flatten)]
    expected: Expected,
}

#[test]
fn requests_decode_as_the_vectors_say() {
    check_all(
        "requests.json",
        |row: &Row| &row.name,
        |row| match (decode(&row.text), &row.expected) {
            (Ok(request), Expected::Expect(expected)) => {
                same(&canonical::request(&request), expected)
            }
            (Err(refusal), Expected::Error(expected)) => {
                same(&canonical::refusal(&refusal), expected)
            }
            (actual, _) => Err(format!("is {actual:?}")),
        },
    );
}

#[test]
fn an_unknown_verb_is_repeated_in_part() {
    let verb = "🦙".repeat(MAX_ECHO_CHARS + 1);

    let refusal = decode(&format!(r#"{{"type":"{verb}"}}"#)).unwrap_err();

    let repeated = refusal.error.message.matches('🦙').count();
    assert_eq!(repeated, MAX_ECHO_CHARS);
}

#[test]
fn a_key_without_utf_8_is_refused_and_not_ignored() {
    // Another parser might replace the half pair and see a key of ours.
    let refusal = decode(r#"{"type":"ping","\ud800":1}"#).unwrap_err();

    assert_eq!(refusal.error.code, ErrorCode::InvalidMessage);
}

#[test]
fn no_message_repeats_a_secret() {
    for text in [
        r#"{"type":"authenticate","apiKey":"hunter2","token":"hunter2"}"#,
        r#"{"type":"authenticate","apiKey":["hunter2"]}"#,
        r#"{"type":"authenticate","apiKey":"hunter2","apiKey":"hunter2"}"#,
        r#"{"type":"authenticate","apiKey":"hunter2""#,
        r#"{"type":"authenticate","token":"hunter2","id":["hunter2"]}"#,
    ] {
        let refusal = decode(text).unwrap_err();

        assert!(!format!("{refusal:?}").contains("hunter2"), "{refusal:?}");
    }
}

#[test]
fn a_credential_is_not_printed() {
    for key in ["apiKey", "token"] {
        let request = decode(&format!(r#"{{"type":"authenticate","{key}":"hunter2"}}"#)).unwrap();

        let printed = format!("{request:?} {request:#?}");

        assert!(!printed.contains("hunter2"), "{printed}");
        assert!(printed.contains("redacted"), "{printed}");
    }
}

#[test]
fn depth_cannot_overflow_the_stack() {
    let deep = |open: &str, close: &str| open.repeat(5_000) + &close.repeat(5_000);
    for value in [
        deep("[", "]"),
        format!("{}1{}", r#"{"a":"#.repeat(2_500), "}".repeat(2_500)),
    ] {
        for field in ["x", "id", "type", "channels", "filters", "options", "since"] {
            let text = format!(r#"{{"type":"subscribe","{field}":{value}}}"#);
            assert!(decode(&text).is_err(), "{field}");
        }
        assert!(decode(&value).is_err());
    }
    assert!(decode(&"[".repeat(30_000)).is_err());
}
