//! The events against recorded ones: the same fields, of the same types, and readable by the
//! platform's own crate.

use std::collections::BTreeSet;

use aws_lambda_events::event::apigw::{
    ApiGatewayV2httpRequest, ApiGatewayWebsocketProxyRequest as WebSocketRequest,
};
use bytes::Bytes;
use http::{HeaderValue, Request};
use http_body_util::Full;
use llama_ws_functions::Function;
use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::script::{Call, Script};
use super::support::{Client, Stage};

/// Every field with its type. What headers a client sends is its own affair.
fn fields(event: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect("", event, &mut found);
    found
}

fn collect(path: &str, value: &Value, found: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            for item in items {
                collect(&format!("{path}[]"), item, found);
            }
            "array"
        }
        Value::Object(members) => {
            let are_headers = path.to_lowercase().ends_with("headers");
            for (name, member) in members {
                let name = if are_headers { "*" } else { name };
                collect(&format!("{path}.{name}"), member, found);
            }
            "object"
        }
    };
    found.insert(format!("{path}: {kind}"));
}

fn sample(name: &str) -> Value {
    let path = format!(
        "{}/../../tests/events/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_slice(&text).unwrap()
}

fn assert_like_sample(call: &Call, name: &str) {
    assert_eq!(fields(&call.event()), fields(&sample(name)), "{name}");
}

async fn connect(stage: &mut Stage, path: &str) -> (Client, Call) {
    let mut request = format!("ws://{}{path}", stage.addr)
        .into_client_request()
        .unwrap();
    let agent = HeaderValue::from_static("Mozilla/5.0");
    request.headers_mut().insert("user-agent", agent);
    let (socket, _) = stage.dial_with(request).await.unwrap();
    let call = stage.call(Function::Connect).await;
    let id = call.connection_id();
    (Client { socket, id }, call)
}

#[tokio::test]
async fn websocket_events_have_the_recorded_fields() {
    let mut stage = Stage::start(Script::new()).await;

    let (_, with_query) = connect(&mut stage, "/prod?apiKey=a&apiKey=b&note=x").await;
    stage.call(Function::Disconnect).await;
    let (mut client, connected) = connect(&mut stage, "/prod").await;
    client.say("hello").await;
    let message = stage.call(Function::Message).await;
    client.socket.close(None).await.unwrap();
    let disconnected = stage.call(Function::Disconnect).await;

    assert_like_sample(&with_query, "connect-query");
    assert_like_sample(&connected, "connect");
    assert_like_sample(&message, "message");
    assert_like_sample(&disconnected, "disconnect");
}

#[tokio::test]
async fn http_event_has_the_recorded_fields() {
    let mut stage = Stage::start(Script::new()).await;
    let request = Request::post("/subscribe?trace=1&trace=2")
        .header("host", "localhost")
        .header("user-agent", "curl/8.5.0")
        .header("cookie", "session=abc; theme=dark")
        .body(Full::new(Bytes::from_static(b"{}")))
        .unwrap();

    stage.send(request).await;

    let call = stage.call(Function::Subscribe).await;
    assert_like_sample(&call, "http-subscribe");
    assert_eq!(call.event()["queryStringParameters"]["trace"], "1,2");
    serde_json::from_slice::<ApiGatewayV2httpRequest>(&call.payload).unwrap();
}

#[tokio::test]
async fn platforms_crate_reads_the_events() {
    let mut stage = Stage::start(Script::new()).await;
    let (mut client, connected) = connect(&mut stage, "/prod?apiKey=k").await;
    client.say("hello").await;
    let message = stage.call(Function::Message).await;
    client.socket.close(None).await.unwrap();
    let disconnected = stage.call(Function::Disconnect).await;

    let read = |call: &Call| serde_json::from_slice::<WebSocketRequest>(&call.payload).unwrap();
    let (connected, message, disconnected) =
        (read(&connected), read(&message), read(&disconnected));

    assert_eq!(connected.query_string_parameters.first("apiKey"), Some("k"));
    assert_eq!(connected.headers["user-agent"], "Mozilla/5.0");
    assert_eq!(message.body.as_deref(), Some("hello"));
    assert_eq!(
        disconnected.request_context.disconnect_status_code,
        Some(1005)
    );
    for event in [&connected, &message, &disconnected] {
        let context = &event.request_context;
        assert_eq!(context.connection_id.as_deref(), Some(client.id.as_str()));
        assert_eq!(context.stage.as_deref(), Some("prod"));
        assert_eq!(context.request_id, context.extended_request_id);
        assert_eq!(context.connected_at, 1_742_085_982_306);
        let time = context.request_time.as_deref();
        assert_eq!(time, Some("16/Mar/2025:00:46:22 +0000"));
    }
}

#[test]
fn platforms_crate_reads_the_samples() {
    for name in ["connect", "connect-query", "message", "disconnect"] {
        serde_json::from_value::<WebSocketRequest>(sample(name)).unwrap();
    }
    serde_json::from_value::<ApiGatewayV2httpRequest>(sample("http-subscribe")).unwrap();
}
