//! The HTTP API, `POST /events` and `GET /`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use llama_ws_functions::Function;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use super::script::Script;
use super::support::{Answer, Stage};
use crate::gateway::{Limits, Options};

fn message(text: &str) -> String {
    json!({ "message": text }).to_string()
}

#[tokio::test]
async fn every_route_runs_the_subscribe_function() {
    let mut stage = Stage::start(Script::new()).await;
    let routes = [
        ("POST", "/subscribe"),
        ("POST", "/unsubscribe"),
        ("GET", "/subscriptions"),
        ("POST", "/filters"),
        ("GET", "/subscription-stats"),
        ("GET", "/stats"),
        ("GET", "/health"),
        ("POST", "/broadcast"),
    ];
    for (method, path) in routes {
        let answer = stage.http(method, &format!("{path}?a=1"), "").await;

        assert_eq!(answer.status(), StatusCode::OK);
        let event = stage.call(Function::Subscribe).await.event();
        assert_eq!(event["routeKey"], format!("{method} {path}"));
        assert_eq!(event["rawPath"], path);
        assert_eq!(event["rawQueryString"], "a=1");
        assert_eq!(event["body"], Value::Null);
    }
}

#[tokio::test]
async fn other_routes_are_not_found() {
    let mut stage = Stage::start(Script::new()).await;
    let routes = [
        ("GET", "/subscribe"),
        ("OPTIONS", "/subscribe"),
        ("POST", "/"),
        ("GET", "/events"),
        ("GET", "/nothing"),
    ];
    for (method, path) in routes {
        let answer = stage.http(method, path, "").await;

        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
        assert_eq!(answer.body(), &message("Not Found"));
    }
    assert!(stage.is_quiet());
}

#[tokio::test]
async fn answer_becomes_http() {
    let function = json!({
        "statusCode": 202,
        "headers": { "Content-Type": "application/json", "X-Count": 3, "Content-Length": "999" },
        "cookies": ["a=1; Secure", "b=2"],
        "body": "{\"accepted\":1}",
    });
    let stage = Stage::start(Script::new().answers(Function::Subscribe, function)).await;

    let answer = stage.http("POST", "/broadcast", "{}").await;

    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(answer.body(), r#"{"accepted":1}"#);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["x-count"], "3");
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Secure", "b=2"]);
}

#[tokio::test]
async fn answer_without_status_is_itself_the_body() {
    let function = json!({ "connections": 7 });
    let stage = Stage::start(Script::new().answers(Function::Subscribe, function.clone())).await;

    let answer = stage.http("GET", "/stats", "").await;

    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.body(), &function.to_string());
    assert_eq!(answer.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn failures_are_internal_server_errors() {
    let scripts = [
        Script::new().fails(Function::Subscribe),
        Script::new().panics(Function::Subscribe),
        Script::new().answers_raw(Function::Subscribe, "{"),
        Script::new().answers(Function::Subscribe, json!({ "statusCode": "ok" })),
        Script::new().answers(Function::Subscribe, json!({ "statusCode": 7 })),
    ];
    for script in scripts {
        let stage = Stage::start(script).await;

        let answer = stage.http("GET", "/stats", "").await;

        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.body(), &message("Internal Server Error"));
    }
}

#[tokio::test]
async fn function_that_takes_29_seconds_is_unavailable() {
    let gate = Arc::new(Semaphore::new(0));
    let mut stage = Stage::start(Script::new().waits(Function::Subscribe, gate)).await;
    let clock = stage.clock.clone();
    let addr = stage.addr;

    let asking = tokio::spawn(Stage::ask(addr, "GET", "/health"));
    stage.call(Function::Subscribe).await;
    clock.advance(Duration::from_secs(29));

    let answer: Answer = asking.await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body(), &message("Service Unavailable"));
}

#[tokio::test]
async fn bodies_hold_10_mb() {
    const LIMIT: usize = 10 * 1024 * 1024;
    let mut stage = Stage::start(Script::new()).await;
    for bytes in [LIMIT - 1, LIMIT] {
        let answer = stage.http("POST", "/subscribe", vec![b'x'; bytes]).await;

        assert_eq!(answer.status(), StatusCode::OK);
        let event = stage.call(Function::Subscribe).await.event();
        assert_eq!(event["body"].as_str().unwrap().len(), bytes);
    }

    let answer = stage
        .http("POST", "/subscribe", vec![b'x'; LIMIT + 1])
        .await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(stage.is_quiet());
}

#[tokio::test]
async fn client_that_never_finishes_its_body_is_cut_off() {
    let mut stage = Stage::start(Script::new()).await;
    for path in ["/subscribe", "/events", "/@connections/x="] {
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf");
        let mut socket = stage.raw().await;
        socket.write_all(head.as_bytes()).await.unwrap();

        let answer = stage.answer_in_time(socket).await;

        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    assert!(stage.is_quiet());
}

#[tokio::test]
async fn only_text_types_reach_the_function_as_text() {
    let cases = [
        (None, "hi", false),
        (Some("application/json; charset=utf-8"), "hi", false),
        (Some("Text/Plain"), "hi", false),
        (Some("application/x-www-form-urlencoded"), "aGk=", true),
    ];
    let mut stage = Stage::start(Script::new()).await;
    for (content_type, body, is_base64) in cases {
        let mut request = Request::post("/subscribe").header("host", "localhost");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }

        stage
            .send(request.body(Full::new(Bytes::from("hi"))).unwrap())
            .await;

        let event = stage.call(Function::Subscribe).await.event();
        assert_eq!(event["body"], body);
        assert_eq!(event["isBase64Encoded"], is_base64);
    }
}

#[tokio::test]
async fn repeated_headers_are_joined_and_the_peer_is_believed() {
    let mut stage = Stage::start(Script::new()).await;
    let request = Request::get("/stats")
        .header("host", "localhost")
        .header("X-Thing", "a")
        .header("X-Thing", "b")
        .header("X-Forwarded-For", "203.0.113.9")
        .header("Cookie", "c=1; d=2")
        .body(Full::default())
        .unwrap();

    stage.send(request).await;

    let event = stage.call(Function::Subscribe).await.event();
    assert_eq!(event["headers"]["x-thing"], "a,b");
    assert_eq!(
        event["headers"]["x-forwarded-for"],
        "203.0.113.9, 127.0.0.1"
    );
    assert_eq!(event["headers"]["cookie"], Value::Null);
    assert_eq!(event["cookies"], json!(["c=1", "d=2"]));
    assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
}

#[tokio::test]
async fn events_are_ingested_as_they_came() {
    let reply = r#"{"accepted":1,"duplicates":0,"rejected":[]}"#;
    let script = Script::new().answers_raw(Function::EventIngest, reply);
    let mut stage = Stage::start(script).await;
    let cases = [
        (
            r#"{"data":{"price": 1.50}}"#,
            r#"{"events":[{"data":{"price": 1.50}}]}"#,
        ),
        (" [{\"a\":1} ]\n", r#"{"events":[{"a":1} ]}"#),
    ];
    for (body, payload) in cases {
        let answer = stage.http("POST", "/events", body).await;

        assert_eq!(
            (answer.status(), answer.body().as_str()),
            (StatusCode::OK, reply)
        );
        assert_eq!(stage.call(Function::EventIngest).await.payload, payload);
    }
}

#[tokio::test]
async fn events_that_cannot_be_are_refused() {
    let mut stage = Stage::start(Script::new().fails(Function::EventIngest)).await;
    for body in ["", "7", "{", "nonsense"] {
        let answer = stage.http("POST", "/events", body).await;

        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    assert!(stage.is_quiet());

    let answer = stage.http("POST", "/events", "{}").await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn home_is_the_console_or_says_what_this_is() {
    let plain = Stage::start(Script::new()).await.http("GET", "/", "").await;
    let options = Options {
        console: Some("<!doctype html>"),
        ..Options::default()
    };
    let stage = Stage::with(Script::new(), Limits::default(), options).await;
    let console = stage.http("GET", "/", "").await;

    assert!(plain.body().contains("@connections"));
    assert_eq!(plain.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(console.body(), "<!doctype html>");
    assert_eq!(
        console.headers()["content-type"],
        "text/html; charset=utf-8"
    );
}
