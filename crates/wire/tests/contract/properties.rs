//! What holds for every text, every request and every reply.

use llama_ws_wire::{
    Credential, Dialect, MAX_REPLY_BYTES, Request, ServerFrame, Verb, decode,
    decode_http_broadcast, decode_http_filters, decode_http_subscribe, decode_http_unsubscribe,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{arbitrary, canonical};

const NOW: u64 = 1_764_000_000_000;

/// Reads `text` in every way; only panics matter.
fn read_every_way(text: &str) {
    let _ = decode(text);
    let _ = decode_http_subscribe(text).map(|_| ());
    let _ = decode_http_unsubscribe(text).map(|_| ());
    let _ = decode_http_filters(text).map(|_| ());
    let _ = decode_http_broadcast(text).map(|_| ());
    let _ = ServerFrame::decode(text).map(|_| ());
}

/// A client's encoder, for tests only.
fn encode(request: &Request) -> String {
    let mut fields = match &request.verb {
        Verb::Authenticate(Credential::ApiKey(key)) => json!({ "apiKey": key }),
        Verb::Authenticate(Credential::Token(token)) => json!({ "token": token }),
        Verb::Ping | Verb::Subscriptions | Verb::Stats => json!({}),
        Verb::Subscribe(fields) => canonical::subscribe(fields),
        Verb::Unsubscribe(fields) => canonical::unsubscribe(fields),
        Verb::Filters(fields) => canonical::update_filters(fields),
        Verb::Resume(resume) => json!({ "since": resume.since }),
    };
    let key = match request.dialect {
        Dialect::Type => "type",
        Dialect::Action => "action",
    };
    fields[key] = request.verb.name().into();
    if let Some(id) = &request.id {
        fields["id"] = json!(id);
    }
    fields.to_string()
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        read_every_way(&text);
    }

    #[test]
    fn nothing_near_json_makes_a_reader_panic(text in r#"[\[\]{}:,"\\u0-9eE.+\-tfn dD8a-]{0,60}"#) {
        read_every_way(&text);
    }

    #[test]
    fn no_json_makes_a_reader_panic(value in arbitrary::json()) {
        read_every_way(&value.to_string());
    }

    #[test]
    fn a_cut_request_is_refused_without_panic(
        request in arbitrary::request(), at in any::<prop::sample::Index>(),
    ) {
        let text = encode(&request);
        let characters: Vec<_> = text.chars().collect();
        let cut: String = characters.iter().take(at.index(characters.len())).collect();

        read_every_way(&cut);
        prop_assert!(decode(&cut).is_err());
    }

    #[test]
    fn any_value_in_any_field_is_read_without_panic(
        request in arbitrary::request(), value in arbitrary::json(), at in any::<prop::sample::Index>(),
    ) {
        let mut fields: Value = serde_json::from_str(&encode(&request)).unwrap();
        let keys: Vec<_> = fields.as_object().unwrap().keys().cloned().collect();
        fields[&keys[at.index(keys.len())]] = value;

        read_every_way(&fields.to_string());
    }

    #[test]
    fn requests_survive_the_wire(request in arbitrary::request()) {
        let text = encode(&request);
        prop_assume!(text.len() <= llama_ws_wire::MAX_REQUEST_BYTES);

        prop_assert_eq!(decode(&text), Ok(request));
    }

    #[test]
    fn a_refusal_echoes_the_id(id in arbitrary::id(), value in arbitrary::json()) {
        let text = json!({ "type": "subscribe", "id": &id, "channels": [], "x": value }).to_string();

        prop_assert_eq!(decode(&text).unwrap_err().id, Some(id));
    }

    #[test]
    fn replies_survive_the_wire(
        reply in arbitrary::reply(), id in proptest::option::of(arbitrary::id()),
    ) {
        let text = reply.encode(id.as_ref(), NOW);

        prop_assert!(text.len() <= MAX_REPLY_BYTES);
        let ServerFrame::Reply(frame) = ServerFrame::decode(&text).unwrap() else {
            return Err(TestCaseError::fail(text));
        };
        prop_assert_eq!(frame.reply, reply);
        prop_assert_eq!(frame.id, id);
        prop_assert!(frame.timestamp.is_none_or(|timestamp| timestamp == NOW));
    }
}
