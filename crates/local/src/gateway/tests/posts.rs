//! `@connections`, in this process and over HTTP.

use std::time::Duration;

use http::StatusCode;
use llama_ws_functions::Function;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::script::Script;
use super::support::{Answer, START, Stage, soon};
use crate::gateway::{Limits, Options, PostOutcome};

fn body(answer: &Answer) -> Value {
    serde_json::from_str(answer.body()).unwrap()
}

#[tokio::test]
async fn posts_arrive_in_order_as_text() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;
    let path = format!("/@connections/{}", client.id);

    for number in 0..10 {
        let delivered = stage
            .registry
            .post(&client.id, format!("direct {number}").into());
        assert_eq!(delivered.await, PostOutcome::Delivered);
        let answer = stage.http("POST", &path, format!("http {number}")).await;
        assert_eq!(
            (answer.status(), answer.body().as_str()),
            (StatusCode::OK, "")
        );
    }

    for number in 0..10 {
        assert_eq!(client.hear().await, format!("direct {number}"));
        assert_eq!(client.hear().await, format!("http {number}"));
    }
}

#[tokio::test]
async fn path_is_understood_with_stage_and_encoded() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;
    let encoded = client.id.replace('=', "%3D");
    let paths = [
        format!("/@connections/{encoded}"),
        format!("/%40connections/{}", client.id),
        format!("/prod/@connections/{}", client.id),
        format!("/prod/%40connections/{encoded}"),
    ];
    for path in paths {
        let answer = stage.http("POST", &path, "news").await;

        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(client.hear().await, "news");
    }
}

#[tokio::test]
async fn unknown_connections_are_gone() {
    let stage = Stage::start(Script::new()).await;

    assert_eq!(
        stage.registry.post("nobody=", "x".into()).await,
        PostOutcome::Gone
    );
    assert!(!stage.registry.close("nobody=").await);
    for method in ["POST", "GET", "DELETE"] {
        let answer = stage.http(method, "/@connections/nobody=", "").await;

        assert_eq!(answer.status(), StatusCode::GONE);
        assert_eq!(answer.headers()["x-amzn-errortype"], "GoneException");
        assert_eq!(body(&answer), json!({ "message": "Gone" }));
    }
    let answer = stage.http("PUT", "/@connections/nobody=", "").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn post_holds_131072_bytes() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;
    let path = format!("/@connections/{}", client.id);
    for bytes in [0, 1, 131_071, 131_072] {
        let data = "x".repeat(bytes);
        let answer = stage.http("POST", &path, data.clone()).await;
        assert_eq!(answer.status(), StatusCode::OK, "{bytes}");
        assert_eq!(client.hear().await, data);
    }

    let data = "x".repeat(131_073);
    let direct = stage.registry.post(&client.id, data.clone().into()).await;
    assert_eq!(direct, PostOutcome::TooLarge);
    let answer = stage.http("POST", &path, data).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        answer.headers()["x-amzn-errortype"],
        "PayloadTooLargeException"
    );
}

#[tokio::test]
async fn large_posts_leave_in_frames_of_32_kb() {
    let mut stage = Stage::start(Script::new()).await;
    let strict = WebSocketConfig::default().max_frame_size(Some(32_768));
    let request = format!("ws://{}/", stage.addr)
        .into_client_request()
        .unwrap();
    let dialing = tokio_tungstenite::connect_async_with_config(request, Some(strict), false);
    let (socket, _) = soon(dialing).await.unwrap();
    let mut client = stage.adopt(socket).await;
    for bytes in [32_767, 32_768, 32_769, 65_536, 131_072] {
        let text: String = "€xy".chars().cycle().take(bytes / 5 * 3).collect();

        stage.registry.post(&client.id, text.clone().into()).await;

        assert_eq!(client.hear().await, text);
    }
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_replaced() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;

    let posted = stage
        .registry
        .post(&client.id, vec![b'a', 0xff].into())
        .await;

    assert_eq!(posted, PostOutcome::Delivered);
    assert_eq!(client.hear().await, "a\u{fffd}");
}

#[tokio::test]
async fn get_describes_the_connection() {
    let mut stage = Stage::start(Script::new()).await;
    let client = stage.client().await;
    stage.clock.advance(Duration::from_millis(61_001));
    stage.registry.post(&client.id, "news".into()).await;

    let answer = stage
        .http("GET", &format!("/@connections/{}", client.id), "")
        .await;

    assert_eq!(answer.status(), StatusCode::OK);
    let expected = json!({
        "connectedAt": "2025-03-16T00:46:22.306Z",
        "identity": { "sourceIp": "127.0.0.1", "userAgent": "" },
        "lastActiveAt": "2025-03-16T00:47:23.307Z",
    });
    assert_eq!(body(&answer), expected);
    let info = stage.registry.get(&client.id).await.unwrap();
    assert_eq!(info.connected_at, START);
    assert_eq!(
        info.last_active_at,
        START.plus(Duration::from_millis(61_001))
    );
    assert_eq!(
        (info.source_ip.as_str(), info.user_agent),
        ("127.0.0.1", None)
    );
}

#[tokio::test]
async fn delete_closes_with_1000_after_what_was_posted() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;
    let path = format!("/@connections/{}", client.id);
    for text in ["1", "2"] {
        stage.registry.post(&client.id, text.into()).await;
    }

    assert_eq!(
        stage.http("DELETE", &path, "").await.status(),
        StatusCode::NO_CONTENT
    );

    assert_eq!(
        stage.registry.post(&client.id, "3".into()).await,
        PostOutcome::Gone
    );
    assert_eq!(
        stage.http("DELETE", &path, "").await.status(),
        StatusCode::GONE
    );
    assert_eq!(
        (client.hear().await, client.hear().await),
        ("1".into(), "2".into())
    );
    assert_eq!(
        client.closed().await,
        (1000, "Connection Closed Normally".to_owned())
    );
    let disconnect = stage.call(Function::Disconnect).await;
    assert_eq!(disconnect.context()["disconnectStatusCode"], 1000);
    assert_eq!(
        disconnect.context()["disconnectReason"],
        "Connection Closed Normally"
    );
}

#[tokio::test]
async fn client_that_does_not_read_is_throttled_alone() {
    let mut stage = Stage::with(Script::new(), Limits::unthrottled(), Options::default()).await;
    let mut slow = stage.client().await;
    let mut quick = stage.client().await;
    let news = "x".repeat(131_072);

    let mut delivered = 0;
    while stage.registry.post(&slow.id, news.clone().into()).await == PostOutcome::Delivered {
        delivered += 1;
        tokio::task::yield_now().await;
        assert!(delivered < 1_000, "the buffer is bounded");
    }

    let answer = stage
        .http("POST", &format!("/@connections/{}", slow.id), news)
        .await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        answer.headers()["x-amzn-errortype"],
        "LimitExceededException"
    );
    assert_eq!(
        stage.registry.post(&quick.id, "hi".into()).await,
        PostOutcome::Delivered
    );
    assert_eq!(quick.hear().await, "hi");
    for _ in 0..delivered {
        assert_eq!(slow.hear().await.len(), 131_072);
    }
    assert_eq!(
        stage.registry.post(&slow.id, "on".into()).await,
        PostOutcome::Delivered
    );
    assert_eq!(slow.hear().await, "on");
}
