//! Errors over HTTP, and what becomes of published events that are none.

use llama_ws_core::ports::Ports;
use llama_ws_tests::{Answer, get, post, start_time};
use serde_json::{Value, json};

use super::{DEMO, assert_error, stage};

fn assert_http(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_error(&answer.json(), code, start_time());
}

#[tokio::test]
async fn over_http_each_error_has_its_status() {
    let (stage, _clock) = stage().await;
    let mut client = stage.client().await;
    let id = client.id().await;
    let of = |body: Value| {
        let mut body = body;
        body["connectionId"] = json!(id);
        body.to_string()
    };
    let carol = ("x-api-key", "few-key");
    let broadcast = |bytes: usize| {
        json!({"all": true, "message": {"type": "note", "data": {"text": "x".repeat(bytes)}}})
            .to_string()
    };
    let stats = "GET /stats";
    let cases = [
        ("POST /subscribe", DEMO, "{".to_owned(), 400, "INVALID_JSON"),
        (
            "POST /subscribe",
            DEMO,
            "[]".to_owned(),
            400,
            "INVALID_MESSAGE",
        ),
        (
            "POST /subscribe",
            DEMO,
            r#"{"channels":["prices"]}"#.to_owned(),
            400,
            "INVALID_MESSAGE",
        ),
        (
            "POST /subscribe",
            DEMO,
            of(json!({"channels": ["nonsense"]})),
            400,
            "INVALID_CHANNEL",
        ),
        (
            "POST /subscribe",
            DEMO,
            of(json!({"channels": ["tvl"], "filters": 7})),
            400,
            "INVALID_FILTER",
        ),
        (
            "POST /subscribe",
            DEMO,
            of(json!({"channels": ["tvl"], "options": 7})),
            400,
            "INVALID_OPTION",
        ),
        (
            "POST /subscribe",
            DEMO,
            of(json!({"channels": ["tvl"], "since": ""})),
            400,
            "INVALID_OFFSET",
        ),
        (
            "POST /subscribe",
            DEMO,
            of(json!({"channels": vec!["tvl"; 51]})),
            400,
            "TOO_MANY_CHANNELS",
        ),
        (
            "POST /subscribe",
            DEMO,
            of(json!({"channels": ["tvl"], "x": "x".repeat(32_768)})),
            413,
            "PAYLOAD_TOO_LARGE",
        ),
        (
            "POST /subscribe",
            ("x-none", ""),
            of(json!({"channels": ["tvl"]})),
            401,
            "UNAUTHENTICATED",
        ),
        (
            "POST /subscribe",
            ("x-api-key", "unknown"),
            of(json!({"channels": ["tvl"]})),
            401,
            "INVALID_CREDENTIAL",
        ),
        (
            "POST /subscribe",
            carol,
            of(json!({"channels": ["prices"]})),
            404,
            "CONNECTION_NOT_FOUND",
        ),
        (
            "POST /filters",
            DEMO,
            of(json!({"filters": {}})),
            404,
            "NOT_SUBSCRIBED",
        ),
        (
            "POST /unsubscribe",
            DEMO,
            r#"{"connectionId":"nobody"}"#.to_owned(),
            404,
            "CONNECTION_NOT_FOUND",
        ),
        ("POST /broadcast", carol, broadcast(1), 403, "FORBIDDEN"),
        (
            "POST /broadcast",
            DEMO,
            broadcast(120 * 1024),
            413,
            "PAYLOAD_TOO_LARGE",
        ),
        (
            "POST /broadcast",
            DEMO,
            r#"{"message":{}}"#.to_owned(),
            400,
            "INVALID_MESSAGE",
        ),
        (stats, carol, String::new(), 403, "FORBIDDEN"),
    ];
    for (route, key, body, status, code) in cases {
        let (_, path) = route.split_once(' ').unwrap();
        let answer = if route == stats {
            get(stage.addr(), path, &[key]).await
        } else {
            post(stage.addr(), path, &[key], &body).await
        };
        assert_http(&answer, status, code);
    }

    stage.local().ports().cell().fail(true);
    let answer = post(
        stage.addr(),
        "/subscribe",
        &[DEMO],
        &of(json!({"channels": ["tvl"]})),
    )
    .await;
    assert_http(&answer, 503, "UNAVAILABLE");
    assert_eq!(answer.headers["retry-after"], "1");
    let answer = get(stage.addr(), "/health", &[]).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    stage.local().ports().cell().fail(false);
    assert_eq!(get(stage.addr(), "/health", &[]).await.status, 200);
    client.expect_silence().await;
}

#[tokio::test]
async fn published_events_are_refused_one_by_one() {
    let (stage, _clock) = stage().await;
    let mut client = stage.client().await;
    client
        .ask(&json!({"type": "subscribe", "channel": "alerts"}))
        .await;

    let events = json!([
        {"eventId": "1", "type": "alert", "data": {}},
        7,
        {"eventId": "2", "type": "alert"},
        {"eventId": "3", "type": "pong", "data": {}},
        {"eventId": "4", "type": "alert", "data": {"text": "x".repeat(120 * 1024)}},
        {"eventId": "5", "type": "alert", "data": {"userId": "demo"}, "userId": "bob"},
        {"eventId": "1", "type": "alert", "data": {}},
        {"eventId": "6", "type": "alert", "data": {}},
    ]);
    let answer = post(stage.addr(), "/events", &[], &events.to_string())
        .await
        .json();
    let rejected: Vec<_> = answer["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rejected| (rejected["index"].as_u64(), rejected["code"].as_str()))
        .collect();
    assert_eq!(
        (&answer["accepted"], &answer["duplicates"]),
        (&json!(2), &json!(1))
    );
    let invalid = Some("INVALID_MESSAGE");
    assert_eq!(
        rejected,
        [
            (Some(1), invalid),
            (Some(2), invalid),
            (Some(3), invalid),
            (Some(4), Some("PAYLOAD_TOO_LARGE")),
            (Some(5), invalid),
        ]
    );
    let ids = [client.next().await, client.next().await].map(|event| event["eventId"].clone());
    assert_eq!(ids, ["1", "6"]);
}
