//! Client messages: routes, concurrency, and what comes back.

use std::sync::Arc;
use std::time::Duration;

use llama_ws_functions::Function;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::Message;

use super::script::Script;
use super::support::{Client, Stage};
use crate::gateway::{Jitter, Limits, Options, Routes};

fn fault(text: &str, connection_id: &str, request_id: &str) -> String {
    format!(
        r#"{{"message": "{text}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#
    )
}

#[tokio::test]
async fn action_selects_the_function_and_names_the_route() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;
    let cases = [
        (
            r#"{"action":"subscribe"}"#,
            Function::Subscribe,
            "subscribe",
        ),
        (
            r#"{"action":"stats","type":"ping"}"#,
            Function::Subscribe,
            "stats",
        ),
        (r#"{"type":"subscribe"}"#, Function::Message, "$default"),
        (r#"{"action":"dance"}"#, Function::Message, "$default"),
        ("not json", Function::Message, "$default"),
        ("[1]", Function::Message, "$default"),
        ("", Function::Message, "$default"),
    ];
    for (text, function, route_key) in cases {
        client.say(text).await;

        let call = stage.call(function).await;

        assert_eq!(call.context()["routeKey"], route_key);
        assert_eq!(call.event()["body"], text);
    }
}

#[tokio::test]
async fn body_of_a_success_is_the_reply() {
    let script = Script::new().answers(
        Function::Message,
        json!({ "statusCode": 202, "body": "{\"type\":\"pong\"}" }),
    );
    let mut stage = Stage::start(script).await;
    let mut client = stage.client().await;

    client.say("ping").await;

    assert_eq!(client.hear().await, r#"{"type":"pong"}"#);
}

#[tokio::test]
async fn empty_bodies_send_nothing() {
    let answers = [
        json!({ "statusCode": 200 }),
        json!({ "statusCode": 200, "body": "" }),
        json!({ "statusCode": 204, "body": null }),
    ];
    for answer in answers {
        let script = Script::new()
            .answers(Function::Subscribe, answer)
            .echoes(Function::Message);
        let mut stage = Stage::start(script).await;
        let mut client = stage.client().await;

        client.say(r#"{"action":"stats"}"#).await;
        stage.call(Function::Subscribe).await;
        client.say("marker").await;

        assert_eq!(client.hear().await, "marker");
    }
}

#[tokio::test]
async fn failures_are_told_in_the_platforms_words() {
    let too_large = "x".repeat(131_073);
    let scripts = [
        Script::new().fails(Function::Message),
        Script::new().panics(Function::Message),
        Script::new().answers_raw(Function::Message, "null"),
        Script::new().answers(Function::Message, json!({ "body": "no status" })),
        Script::new().answers(
            Function::Message,
            json!({ "statusCode": 400, "body": "no" }),
        ),
        Script::new().answers(
            Function::Message,
            json!({ "statusCode": 302, "body": "no" }),
        ),
        Script::new().answers(
            Function::Message,
            json!({ "statusCode": 200, "body": too_large }),
        ),
    ];
    for script in scripts {
        let mut stage = Stage::start(script).await;
        let mut client = stage.client().await;

        client.say("hello").await;

        let request_id = stage.call(Function::Message).await.request_id();
        let expected = fault("Internal server error", &client.id, &request_id);
        assert_eq!(client.hear().await, expected);
        assert_is_open(&mut client).await;
    }
}

async fn assert_is_open(client: &mut Client) {
    client.send(Message::Ping("still there?".into())).await;
    client.hear_pong("still there?").await;
}

#[tokio::test]
async fn function_that_takes_29_seconds_is_given_up() {
    for (waited, in_time) in [(28_999, true), (29_000, false)] {
        let gate = Arc::new(Semaphore::new(0));
        let mut stage = Stage::start(Script::new().waits(Function::Message, gate.clone())).await;
        let mut client = stage.client().await;
        client.say("slow").await;
        let request_id = stage.call(Function::Message).await.request_id();

        stage.clock.advance(Duration::from_millis(waited));
        let expected = if in_time {
            gate.add_permits(1);
            "slow".to_owned()
        } else {
            fault("Internal server error", &client.id, &request_id)
        };

        assert_eq!(client.hear().await, expected);
    }
}

#[tokio::test]
async fn without_default_route_the_rest_is_forbidden() {
    let options = Options {
        routes: Routes::default().without_default(),
        ..Options::default()
    };
    let script = Script::new().echoes(Function::Subscribe);
    let mut stage = Stage::with(script, Limits::default(), options).await;
    let mut client = stage.client().await;

    client.say("hello").await;

    let heard = client.hear().await;
    let request_id = heard.split('"').nth_back(1).unwrap();
    assert_eq!(heard, fault("Forbidden", &client.id, request_id));
    assert_eq!(request_id.len(), 16);
    client.say(r#"{"action":"stats"}"#).await;
    assert_eq!(client.hear().await, r#"{"action":"stats"}"#);
}

#[tokio::test]
async fn messages_of_one_connection_run_at_the_same_time() {
    let gate = Arc::new(Semaphore::new(0));
    let mut stage = Stage::start(Script::new().waits(Function::Message, gate.clone())).await;
    let mut client = stage.client().await;

    for text in ["1", "2", "3"] {
        client.say(text).await;
    }
    for _ in 0..3 {
        stage.call(Function::Message).await;
    }

    gate.add_permits(3);
    let mut heard = [
        client.hear().await,
        client.hear().await,
        client.hear().await,
    ];
    heard.sort();
    assert_eq!(heard, ["1", "2", "3"]);
}

#[tokio::test]
async fn thousand_messages_are_in_flight_and_the_next_waits() {
    let gate = Arc::new(Semaphore::new(0));
    let mut stage = Stage::start(Script::new().waits(Function::Message, gate.clone())).await;
    let mut client = stage.client().await;
    for _ in 0..1_001 {
        client.say("m").await;
    }
    for _ in 0..1_000 {
        stage.call(Function::Message).await;
    }
    // A round trip through the gateway: what would come has come.
    stage.http("GET", "/", "").await;
    assert!(stage.is_quiet());

    gate.add_permits(1);

    stage.call(Function::Message).await;
    client.hear().await;
}

#[tokio::test]
async fn jitter_makes_orders_that_follow_the_seed() {
    let (first, again, other) = (orders(1).await, orders(1).await, orders(2).await);

    assert_eq!(first, again);
    assert_ne!(first, other);
}

async fn orders(seed: u64) -> Vec<String> {
    let options = Options {
        jitter: Some(Jitter {
            seed,
            max: Duration::from_millis(1_000),
        }),
        ..Options::default()
    };
    let mut stage = Stage::with(Script::new(), Limits::default(), options).await;
    let mut client = stage.client().await;
    for number in 0..8 {
        client.say(number.to_string()).await;
    }
    // Read in order: with the pong, all messages are in.
    assert_is_open(&mut client).await;
    let mut order = Vec::new();
    for _ in 0..=1_000 {
        stage.clock.advance(Duration::from_millis(1));
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
    }
    for _ in 0..8 {
        let call = stage.call(Function::Message).await;
        order.push(call.event()["body"].to_string());
    }
    order
}
