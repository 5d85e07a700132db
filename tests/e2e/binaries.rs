//! The five binaries as processes, over the Lambda Runtime API, fed with recorded events.

use llama_ws_tests::{Outcome, Process};
use serde_json::{Value, json};

const MEMORY: &[(&str, &str)] = &[("STORES", "memory")];

fn recorded(name: &str) -> Value {
    let path = format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

async fn answer(process: &mut Process, event: &Value) -> Value {
    match process.invoke(&event.to_string()).await {
        Outcome::Response(body) => serde_json::from_str(&body).unwrap(),
        Outcome::Error(body) => panic!("function error: {body}"),
    }
}

#[tokio::test]
async fn connect_answers_a_recorded_handshake() {
    let mut process = Process::start("connect", MEMORY).await;

    assert_eq!(
        answer(&mut process, &recorded("connect")).await["statusCode"],
        200
    );
    let mut with_unknown_key = recorded("connect-query");
    with_unknown_key["queryStringParameters"] = json!({"apiKey": "unknown"});
    assert_eq!(
        answer(&mut process, &with_unknown_key).await["statusCode"],
        401
    );
}

#[tokio::test]
async fn disconnect_answers_a_recorded_end() {
    let mut process = Process::start("disconnect", MEMORY).await;
    assert_eq!(
        answer(&mut process, &recorded("disconnect")).await,
        json!({"statusCode": 200})
    );
}

#[tokio::test]
async fn message_and_subscribe_answer_the_same_message_alike() {
    let mut ping = recorded("message");
    ping["body"] = json!(r#"{"action":"ping","id":7}"#);
    for name in ["message", "subscribe"] {
        let mut process = Process::start(name, MEMORY).await;
        let reply = answer(&mut process, &ping).await;
        let frame: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&frame["type"], &frame["id"]),
            (&json!("pong"), &json!(7)),
            "{name}"
        );
        assert_eq!(reply["statusCode"], 200);
    }
}

#[tokio::test]
async fn subscribe_answers_a_recorded_http_request() {
    let mut process = Process::start("subscribe", MEMORY).await;
    let mut request = recorded("http-subscribe");
    request["headers"] = json!({});
    let refused = answer(&mut process, &request).await;

    assert_eq!(refused["statusCode"], 401);
    assert_eq!(refused["headers"]["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn event_fanout_appends_what_it_is_invoked_with_and_counts_repeats() {
    let mut process = Process::start("event-fanout", MEMORY).await;
    let events =
        json!({"events": [{"eventId": "1", "type": "alert", "data": {}}, {"type": "alert"}]});

    let rejected =
        json!([{"index": 1, "code": "INVALID_MESSAGE", "message": "`data` is required"}]);
    assert_eq!(
        answer(&mut process, &events).await,
        json!({"accepted": 1, "duplicates": 0, "rejected": rejected})
    );
    assert_eq!(
        answer(&mut process, &events).await,
        json!({"accepted": 0, "duplicates": 1, "rejected": rejected})
    );
    let bare = json!({"eventId": "2", "type": "alert", "data": {}});
    assert_eq!(
        answer(&mut process, &bare).await,
        json!({"accepted": 1, "duplicates": 0, "rejected": []})
    );
}

#[tokio::test]
async fn event_fanout_takes_a_queues_batch_and_a_poison_message_blocks_nobody() {
    let mut process = Process::start("event-fanout", MEMORY).await;
    let record =
        |id: &str, body: &str| json!({"messageId": id, "body": body, "eventSource": "aws:sqs"});
    let bare = r#"{"eventId":"1","type":"alert","data":{}}"#;
    let wrapped = r#"{"event":{"type":"alert","data":{}},"priority":"high","retryCount":0}"#;
    let batch =
        json!({"Records": [record("a", bare), record("b", "poison"), record("c", wrapped)]});
    for _ in 0..2 {
        let answered = answer(&mut process, &batch).await;
        assert_eq!(answered, json!({"batchItemFailures": []}));
    }

    let again = json!({"events": [{"eventId": "1", "type": "alert", "data": {}}, {"eventId": "sqs-c", "type": "alert", "data": {}}]});
    assert_eq!(
        answer(&mut process, &again).await,
        json!({"accepted": 0, "duplicates": 2, "rejected": []})
    );
}

#[tokio::test]
async fn a_bare_event_may_have_any_other_field() {
    let mut process = Process::start("event-fanout", MEMORY).await;
    let event = json!({"type": "alert", "data": {}, "work": {}, "events": 1, "Records": 2, "detail-type": 3});
    assert_eq!(
        answer(&mut process, &event).await,
        json!({"accepted": 1, "duplicates": 0, "rejected": []})
    );
}

#[tokio::test]
async fn an_event_that_is_none_is_a_function_error_and_the_process_goes_on() {
    let mut process = Process::start("message", MEMORY).await;

    assert!(matches!(
        process.invoke(r#"{"requestContext":7}"#).await,
        Outcome::Error(_)
    ));
    assert_eq!(
        answer(&mut process, &recorded("message")).await["statusCode"],
        200
    );
}

#[tokio::test]
async fn a_process_without_configuration_ends_naming_what_is_missing() {
    let process = Process::start("connect", &[("AUTH_MODE", "maybe")]).await;
    let (succeeded, stderr) = process.ended().await;

    assert!(!succeeded);
    assert!(
        stderr.contains("CONNECTIONS_TABLE is missing") && stderr.contains("AUTH_MODE must be"),
        "{stderr}"
    );
}
