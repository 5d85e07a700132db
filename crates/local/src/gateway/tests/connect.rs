//! `$connect`: who gets a socket, and what the function is told.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use http::{HeaderValue, StatusCode};
use llama_ws_functions::Function;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::script::Script;
use super::support::{Stage, refusal, soon};
use crate::gateway::PostOutcome;

const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[tokio::test]
async fn every_success_opens_the_socket() {
    for status in [200, 201, 204, 299] {
        let script = Script::new().answers(Function::Connect, json!({ "statusCode": status }));
        let stage = Stage::start(script).await;

        assert!(stage.dial("/").await.is_ok(), "{status}");
    }
}

#[tokio::test]
async fn any_other_status_refuses_with_that_status_and_body() {
    for status in [301, 400, 401, 403, 429, 501, 503] {
        let answer = json!({ "statusCode": status, "body": "why" });
        let mut stage = Stage::start(Script::new().answers(Function::Connect, answer)).await;

        let refused = refusal(stage.dial("/").await);

        assert_eq!(refused.status(), status);
        assert_eq!(refused.body(), "why");
        stage.call(Function::Connect).await;
        let mut calls = stage.shut_down().await;
        assert!(
            calls.try_recv().is_err(),
            "a refused client never disconnects"
        );
    }
}

#[tokio::test]
async fn failures_and_malformed_answers_are_bad_gateway() {
    let scripts = [
        Script::new().fails(Function::Connect),
        Script::new().panics(Function::Connect),
        Script::new().answers_raw(Function::Connect, "null"),
        Script::new().answers_raw(Function::Connect, "{"),
        Script::new().answers(Function::Connect, json!({ "statusCode": "200" })),
        Script::new().answers(Function::Connect, json!({ "statusCode": 101 })),
        Script::new().answers(Function::Connect, json!({ "statusCode": 1_000 })),
    ];
    for script in scripts {
        let stage = Stage::start(script).await;

        assert_eq!(
            refusal(stage.dial("/").await).status(),
            StatusCode::BAD_GATEWAY
        );
    }
}

#[tokio::test]
async fn function_may_take_29_seconds_and_no_longer() {
    for (waited, status) in [(28_999, None), (29_000, Some(502)), (29_001, Some(502))] {
        let gate = Arc::new(Semaphore::new(0));
        let script = Script::new().waits(Function::Connect, gate.clone());
        let mut stage = Stage::start(script).await;
        let request = format!("ws://{}/", stage.addr)
            .into_client_request()
            .unwrap();
        let dialing = tokio::spawn(tokio_tungstenite::connect_async(request));
        stage.call(Function::Connect).await;

        stage.clock.advance(Duration::from_millis(waited));
        if status.is_none() {
            gate.add_permits(1);
        }

        let outcome = soon(dialing).await.unwrap();
        let refused = match outcome {
            Ok(_) => None,
            Err(Error::Http(answer)) => Some(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(refused, status, "{waited} ms");
    }
}

#[tokio::test]
async fn subprotocol_is_echoed_as_the_function_says() {
    let answers = [
        json!({ "statusCode": 200, "headers": { "Sec-WebSocket-Protocol": "llama.v1" } }),
        json!({ "statusCode": 200, "headers": { "sec-websocket-protocol": "llama.v1" } }),
        json!({ "statusCode": 200, "multiValueHeaders": { "SEC-WEBSOCKET-PROTOCOL": ["llama.v1"] } }),
    ];
    for answer in answers {
        let stage = Stage::start(Script::new().answers(Function::Connect, answer)).await;
        let mut request = format!("ws://{}/", stage.addr)
            .into_client_request()
            .unwrap();
        let offered = HeaderValue::from_static("llama.v2, llama.v1");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", offered);

        let (_, accepted) = stage.dial_with(request).await.unwrap();

        assert_eq!(accepted.headers()["sec-websocket-protocol"], "llama.v1");
    }
}

#[tokio::test]
async fn subprotocol_is_not_echoed_unasked() {
    let stage = Stage::start(Script::new()).await;
    let request = format!("ws://{}/", stage.addr).into_client_request();

    let (_, accepted) = stage.dial_with(request.unwrap()).await.unwrap();

    assert!(!accepted.headers().contains_key("sec-websocket-protocol"));
}

#[tokio::test]
async fn connection_is_gone_until_connect_has_returned() {
    let gate = Arc::new(Semaphore::new(0));
    let mut stage = Stage::start(Script::new().waits(Function::Connect, gate.clone())).await;
    let request = format!("ws://{}/", stage.addr)
        .into_client_request()
        .unwrap();
    let dialing = tokio::spawn(tokio_tungstenite::connect_async(request));
    let id = stage.call(Function::Connect).await.connection_id();

    assert_eq!(
        stage.registry.post(&id, "early".into()).await,
        PostOutcome::Gone
    );
    assert_eq!(stage.registry.get(&id).await, None);
    let answer = stage
        .http("POST", &format!("/@connections/{id}"), "early")
        .await;
    assert_eq!(answer.status(), StatusCode::GONE);

    gate.add_permits(1);
    soon(dialing).await.unwrap().unwrap();
    assert_eq!(
        stage.registry.post(&id, "late".into()).await,
        PostOutcome::Delivered
    );
}

#[tokio::test]
async fn client_that_leaves_during_connect_is_disconnected_once() {
    let gate = Arc::new(Semaphore::new(0));
    let mut stage = Stage::start(Script::new().waits(Function::Connect, gate.clone())).await;
    let mut socket = stage.raw().await;
    socket.write_all(UPGRADE.as_bytes()).await.unwrap();
    let id = stage.call(Function::Connect).await.connection_id();

    drop(socket);
    gate.add_permits(1);

    let disconnect = stage.call(Function::Disconnect).await;
    assert_eq!(disconnect.connection_id(), id);
    assert_eq!(disconnect.context()["disconnectStatusCode"], 1006);
    let mut calls = stage.shut_down().await;
    assert!(calls.try_recv().is_err());
}

#[tokio::test]
async fn client_that_leaves_during_a_refused_connect_is_not_disconnected() {
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new().does(Function::Connect, {
        let gate = gate.clone();
        move |_| {
            let gate = gate.clone();
            async move {
                gate.acquire().await.unwrap().forget();
                Ok(json!({ "statusCode": 401 }).to_string().into())
            }
            .boxed()
        }
    });
    let mut stage = Stage::start(script).await;
    let mut socket = stage.raw().await;
    socket.write_all(UPGRADE.as_bytes()).await.unwrap();
    stage.call(Function::Connect).await;

    drop(socket);
    gate.add_permits(1);

    let mut calls = stage.shut_down().await;
    assert!(calls.try_recv().is_err());
}

#[tokio::test]
async fn client_that_never_finishes_its_head_is_cut_off() {
    let stage = Stage::start(Script::new()).await;
    let mut socket = stage.raw().await;
    socket.write_all(&UPGRADE.as_bytes()[..40]).await.unwrap();

    stage.answer_in_time(socket).await;
}

#[tokio::test]
async fn upgrades_that_are_not_websocket_13_are_bad_requests() {
    let breaks = [
        ("Version: 13", "Version: 8"),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short"),
        ("Connection: Upgrade", "Connection: keep-alive"),
        ("GET /", "POST /"),
    ];
    for (right, wrong) in breaks {
        let mut stage = Stage::start(Script::new()).await;
        let request = UPGRADE.replace(right, wrong);

        let answer = stage.exchange(&request).await;

        assert!(answer.starts_with("HTTP/1.1 400 "), "{wrong}: {answer}");
        assert!(stage.is_quiet());
    }
}

#[tokio::test]
async fn urls_hold_4096_characters() {
    let stage = Stage::start(Script::new()).await;
    for (chars, accepted) in [(4_095, true), (4_096, true), (4_097, false)] {
        let path = format!("/?apiKey={}", "k".repeat(chars - "/?apiKey=".len()));

        let outcome = stage.dial(&path).await;

        assert_eq!(outcome.is_ok(), accepted, "{chars}");
        if !accepted {
            assert_eq!(refusal(outcome).status(), StatusCode::URI_TOO_LONG);
        }
    }
}

async fn connect_event(path: &str, headers: &[(&'static str, &'static str)]) -> Value {
    let mut stage = Stage::start(Script::new()).await;
    let mut request = format!("ws://{}{path}", stage.addr)
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        request
            .headers_mut()
            .append(*name, HeaderValue::from_static(value));
    }
    stage.dial_with(request).await.unwrap();
    stage.call(Function::Connect).await.event()
}

#[tokio::test]
async fn claimed_address_is_kept_and_never_believed() {
    let claimed = [
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-proto", "gopher"),
    ];

    let event = connect_event("/", &claimed).await;

    assert_eq!(
        event["headers"]["X-Forwarded-For"],
        "203.0.113.9, 127.0.0.1"
    );
    assert_eq!(event["headers"]["X-Forwarded-Proto"], "http");
    assert_eq!(event["requestContext"]["identity"]["sourceIp"], "127.0.0.1");
}

#[tokio::test]
async fn headers_reach_the_function_once_and_all() {
    let event = connect_event("/", &[("x-api-key", "first"), ("x-api-key", "second")]).await;

    assert_eq!(event["headers"]["X-Api-Key"], "second");
    assert_eq!(
        event["multiValueHeaders"]["X-Api-Key"],
        json!(["first", "second"])
    );
    assert_eq!(event["headers"]["Sec-WebSocket-Version"], "13");
    for dropped in ["Connection", "Upgrade"] {
        assert_eq!(event["headers"][dropped], Value::Null);
    }
}

#[tokio::test]
async fn query_is_decoded_and_the_last_value_wins() {
    let event = connect_event("/?apiKey=a%2Bb&x=1&x=2%203+4&flag", &[]).await;

    let single = json!({ "apiKey": "a+b", "x": "2 3 4", "flag": "" });
    let multi = json!({ "apiKey": ["a+b"], "x": ["1", "2 3 4"], "flag": [""] });
    assert_eq!(event["queryStringParameters"], single);
    assert_eq!(event["multiValueQueryStringParameters"], multi);
}

#[tokio::test]
async fn first_path_segment_is_the_stage() {
    for (path, stage) in [
        ("/", "local"),
        ("/prod", "prod"),
        ("/dev/any/depth?a=1", "dev"),
    ] {
        let event = connect_event(path, &[]).await;

        assert_eq!(event["requestContext"]["stage"], stage);
    }
}

#[tokio::test]
async fn ids_are_16_characters_and_differ() {
    let mut stage = Stage::start(Script::new()).await;
    let (first, second) = (stage.client().await.id, stage.client().await.id);

    assert_eq!((first.len(), second.len()), (16, 16));
    assert!(first.ends_with('='), "{first}");
    assert_ne!(first, second);
}
