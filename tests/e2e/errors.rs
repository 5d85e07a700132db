//! Every error of the contract: how it is reached, what it says, and that it changes nothing.
//!
//! `INTERNAL` alone has no story: nothing in the service answers it. It is in the list for clients
//! of later versions, and what a crash looks like is the gateway's own frame.

mod http;
mod requests;

use std::collections::BTreeSet;
use std::time::Duration;

use llama_ws_core::ports::{Clock, ConnectionStore, Membership, Ports};
use llama_ws_core::{Policy, UnixMillis};
use llama_ws_local::dev::LocalOptions;
use llama_ws_memory::ManualClock;
use llama_ws_tests::{Client, Stage, pass, start_time};
use llama_ws_wire::ErrorCode;
use serde_json::{Value, json};

use requests::refused_requests;

const DEMO: (&str, &str) = ("x-api-key", "demo-key");

/// A stage on which subscriptions may be changed as often as a test likes.
async fn stage() -> (Stage<ManualClock>, ManualClock) {
    let policy = Policy {
        subscription_changes_per_minute: u32::MAX,
        ..Policy::default()
    };
    let options = LocalOptions {
        policy,
        ..LocalOptions::default()
    };
    let (stage, clock) = Stage::frozen(options).await;
    stage.key("bob-key", "bob", &["*"]).await;
    stage
        .key(
            "few-key",
            "carol",
            &["websocket:connect", "websocket:subscribe:prices"],
        )
        .await;
    (stage, clock)
}

/// Checks the whole body of an error: exactly the contract's fields, each of its type.
fn assert_error(reply: &Value, code: &str, now: UnixMillis) {
    let code = ErrorCode::parse(code).expect("a code of the contract");
    let fields = reply.as_object().expect("an object");
    assert_eq!(reply["type"], "error", "{reply}");
    assert_eq!(reply["code"], code.as_str(), "{reply}");
    assert_eq!(reply["retryable"], code.retryable(), "{reply}");
    assert_eq!(reply["timestamp"], now.0, "{reply}");
    assert!(
        reply["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{reply}"
    );
    let known = [
        "type",
        "code",
        "message",
        "retryable",
        "retryAfterMs",
        "details",
        "id",
        "timestamp",
    ];
    let names: Vec<_> = fields.keys().map(String::as_str).collect();
    assert!(names.iter().all(|name| known.contains(name)), "{reply}");
    assert_eq!(
        fields.contains_key("retryAfterMs"),
        code.retryable(),
        "{reply}"
    );
    assert!(
        fields.get("details").is_none_or(Value::is_object),
        "{reply}"
    );
}

#[tokio::test]
async fn a_refused_request_says_why_changes_nothing_and_leaves_the_socket_open() {
    let (stage, _clock) = stage().await;
    let mut client = stage.client().await;
    let filters = json!({"chains": ["bsc"], "minValue": 1.50});
    let request =
        json!({"type": "subscribe", "channels": ["prices", "events:alerts"], "filters": filters});
    client.ask(&request).await;
    let before = (stage.documents().await, stage.members().await);

    for (text, code, details) in refused_requests() {
        client.send_text(&text).await;
        let reply = client.next().await;
        assert_error(&reply, code, start_time());
        assert_eq!(reply["details"], details, "{text}");
        let after = (stage.documents().await, stage.members().await);
        assert_eq!(after, before, "{text}");
    }
    let held = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(
        held["subscription"]["channels"],
        json!(["prices", "events:alerts"])
    );
    assert_eq!(held["subscription"]["filters"], filters);
    stage
        .publish(&json!({"eventId": "1", "type": "alert", "data": {}}))
        .await;
    assert_eq!(client.next().await["eventId"], "1");
}

#[tokio::test]
async fn an_error_echoes_the_requests_id_in_both_dialects() {
    let (stage, _clock) = stage().await;
    let mut client = stage.client().await;
    for verb in ["type", "action"] {
        for id in [json!("a"), json!(""), json!(0), json!(-7), json!(u64::MAX)] {
            for request in [
                json!({verb: "nonsense", "id": id}),
                json!({verb: "subscribe", "id": id}),
                json!({verb: "filters", "filters": {}, "id": id}),
                json!({verb: "subscribe", "channels": ["prices"], "filters": 7, "id": id}),
            ] {
                let reply = client.ask(&request).await;
                assert_eq!(
                    (&reply["type"], &reply["id"]),
                    (&json!("error"), &id),
                    "{request}"
                );
            }
        }
    }
}

#[tokio::test]
async fn in_the_type_dialect_each_bad_channel_fails_alone() {
    let (stage, _clock) = stage().await;
    let mut client = stage.client_with_key("few-key").await;

    let request = json!({"type": "subscribe", "channels": ["nonsense", "events:prices", "tvl", "prices"], "id": 1});
    let reply = client.ask(&request).await;
    let failed = |channel, code, message| json!({"channel": channel, "status": "failed", "error": {"code": code, "message": message}});
    let id = client.id().await;
    let expected = json!({
        "type": "subscription_result", "connectionId": id, "offset": reply["offset"], "id": 1,
        "results": [
            failed("nonsense", "INVALID_CHANNEL", "no such channel"),
            {"channel": "events:prices", "status": "subscribed"},
            failed("tvl", "FORBIDDEN", "the credential does not allow this channel"),
            {"channel": "prices", "status": "subscribed"},
        ],
    });
    assert_eq!(reply, expected);
    let held = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(held["subscription"]["channels"], json!(["prices"]));
}

/// One error of a code over the socket, whatever it takes to reach it.
async fn provoke(code: ErrorCode) -> Option<Value> {
    let (stage, clock) = stage().await;
    let mut client = stage.client().await;
    let id = client.id().await;
    let reply = match code {
        ErrorCode::PayloadTooLarge => {
            use tokio_tungstenite::tungstenite::Message;
            use tokio_tungstenite::tungstenite::protocol::frame::Frame;
            use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
            for (data, is_final) in [(Data::Text, false), (Data::Continue, true)] {
                let frame = Frame::message(vec![b' '; 20_000], OpCode::Data(data), is_final);
                client.send_raw(Message::Frame(frame)).await;
            }
            client.next().await
        }
        ErrorCode::Unauthenticated => {
            let mut stranger = stage.stranger().await;
            for _ in 0..5 {
                stranger.send(&json!({"type": "subscriptions"})).await;
            }
            stranger.next().await
        }
        ErrorCode::Forbidden => {
            let mut carol = stage.client_with_key("few-key").await;
            carol.ask(&json!({"type": "stats"})).await
        }
        ErrorCode::NotSubscribed => client.ask(&json!({"type": "filters", "filters": {}})).await,
        ErrorCode::ConnectionNotFound => {
            forget(&stage, &id).await;
            client
                .ask(&json!({"type": "subscribe", "channel": "prices"}))
                .await
        }
        ErrorCode::RateLimited => {
            for _ in 0..999 {
                client.send(&json!({"type": "ping"})).await;
            }
            client.take(999).await;
            client.ask(&json!({"type": "ping"})).await
        }
        ErrorCode::Unavailable => {
            stage.local().ports().cell().fail(true);
            client.ask(&json!({"type": "ping"})).await
        }
        ErrorCode::Internal => return None,
        _ => {
            let text = refused_requests()
                .into_iter()
                .find_map(|(text, of, _)| (of == code.as_str()).then_some(text));
            client.send_text(&text.expect("a request")).await;
            client.next().await
        }
    };
    drop(clock);
    Some(reply)
}

/// Forgets a connection behind its back.
async fn forget(stage: &Stage<ManualClock>, id: &str) {
    let id = llama_ws_core::ConnectionId::new(id);
    let ports = stage.local().ports();
    let removed = ports.connections().remove(&id, start_time()).await;
    let document = removed.unwrap().expect("a document");
    ports.cell().remove(&document).await.unwrap();
}

#[tokio::test]
async fn every_code_but_internal_is_reached_over_the_socket() {
    let mut reached = BTreeSet::new();
    for code in ErrorCode::ALL {
        if let Some(reply) = provoke(code).await {
            assert_error(&reply, code.as_str(), start_time());
            reached.insert(code);
        }
    }
    let missing: Vec<_> = ErrorCode::ALL
        .into_iter()
        .filter(|code| !reached.contains(code))
        .collect();
    assert_eq!(missing, [ErrorCode::Internal]);
}

/// Every request that asks a store, while one is away.
async fn assert_unavailable(client: &mut Client, now: UnixMillis) {
    for request in [
        json!({"type": "subscribe", "channels": ["tvl"], "id": 1}),
        json!({"action": "subscribe", "channels": ["tvl"], "id": 2}),
        json!({"type": "unsubscribe", "id": 3}),
        json!({"type": "filters", "filters": {"chains": ["x"]}, "id": 4}),
        json!({"type": "authenticate", "apiKey": "demo-key", "id": 5}),
    ] {
        let reply = client.ask(&request).await;
        assert_error(&reply, "UNAVAILABLE", now);
        assert_eq!(
            (&reply["id"], &reply["retryAfterMs"]),
            (&request["id"], &json!(1_000)),
            "{request}"
        );
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_told_and_everything_works_once_it_is_back() {
    let (stage, clock) = stage().await;
    let ports = stage.local().ports();
    let mut client = stage.client().await;
    client
        .ask(&json!({"type": "subscribe", "channel": "alerts"}))
        .await;
    let before = stage.documents().await;

    for away in ["connections", "cell"] {
        let fail = |on| match away {
            "cell" => ports.cell().fail(on),
            _ => ports.connections().fail(on),
        };
        fail(true);
        assert_unavailable(&mut client, clock.now()).await;
        fail(false);
        // The worker looks again after a pause.
        pass(&clock, Duration::from_secs(1)).await;

        assert_eq!(stage.documents().await, before, "{away}");
        assert_eq!(stage.members().await, before, "{away}");
        let event = json!({"eventId": away, "type": "alert", "data": {}});
        stage.publish(&event).await;
        assert_eq!(client.next().await["eventId"], away);
    }
    // Keys are asked only for a credential.
    ports.keys().fail(true);
    let reply = client
        .ask(&json!({"type": "authenticate", "apiKey": "demo-key"}))
        .await;
    assert_error(&reply, "UNAVAILABLE", clock.now());
    let reply = client
        .ask(&json!({"type": "subscribe", "channel": "tvl"}))
        .await;
    assert_eq!(reply["type"], "subscription_result");
    let refused = stage.connect("/", &[DEMO]).await.err();
    assert_eq!(refused.map(|refused| refused.status), Some(503));
}
