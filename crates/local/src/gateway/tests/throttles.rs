//! The account's request throttle and its connection rate.

use std::time::Duration;

use http::StatusCode;
use llama_ws_functions::Function;
use serde_json::json;

use super::script::Script;
use super::support::{Stage, refusal};
use crate::gateway::{Limits, Options, PostOutcome, Throttle};

async fn stage(account: Option<Throttle>, connects_per_second: Option<u32>) -> Stage {
    let limits = Limits {
        account,
        connects_per_second,
        ..Limits::default()
    };
    let script = Script::new().echoes(Function::Message);
    Stage::with(script, limits, Options::default()).await
}

#[tokio::test]
async fn client_messages_over_the_burst_are_told_so() {
    let mut stage = stage(Some(Throttle { rps: 1, burst: 2 }), None).await;
    let mut client = stage.client().await;

    for text in ["1", "2"] {
        client.say(text).await;
        assert_eq!(client.hear().await, text);
    }
    client.say("3").await;

    let refused = client.hear().await;
    let request_id = refused.split('"').nth_back(1).unwrap();
    let expected = format!(
        r#"{{"message": "Too Many Requests", "connectionId":"{}", "requestId":"{request_id}"}}"#,
        client.id
    );
    assert_eq!(refused, expected);
    stage.clock.advance(Duration::from_secs(1));
    client.say("4").await;
    assert_eq!(client.hear().await, "4");
}

#[tokio::test]
async fn bucket_is_shared_by_messages_posts_and_http() {
    let mut stage = stage(Some(Throttle { rps: 1, burst: 3 }), None).await;
    let mut client = stage.client().await;
    let path = format!("/@connections/{}", client.id);

    client.say("1").await;
    assert_eq!(client.hear().await, "1");
    assert_eq!(
        stage.registry.post(&client.id, "2".into()).await,
        PostOutcome::Delivered
    );
    assert_eq!(
        stage.http("GET", "/health", "").await.status(),
        StatusCode::OK
    );

    let direct = stage.registry.post(&client.id, "x".into()).await;
    assert_eq!(direct, PostOutcome::AccountThrottled);
    for method in ["POST", "GET", "DELETE"] {
        let answer = stage.http(method, &path, "x").await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{method}");
        assert_eq!(
            answer.headers()["x-amzn-errortype"],
            "LimitExceededException"
        );
    }
    let answer = stage.http("GET", "/health", "").await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        answer.body(),
        &json!({ "message": "Too Many Requests" }).to_string()
    );

    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(stage.http("GET", &path, "").await.status(), StatusCode::OK);
    assert_eq!(client.hear().await, "2");
}

#[tokio::test]
async fn local_only_routes_cost_nothing() {
    let stage = stage(Some(Throttle { rps: 1, burst: 0 }), None).await;

    assert_eq!(stage.http("GET", "/", "").await.status(), StatusCode::OK);
    assert_eq!(
        stage.http("POST", "/events", "{}").await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn connects_over_the_rate_are_refused() {
    let stage = stage(None, Some(3)).await;
    for _ in 0..3 {
        assert!(stage.dial("/").await.is_ok());
    }

    let refused = refusal(stage.dial("/").await);
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);

    stage.clock.advance(Duration::from_secs(1));
    for _ in 0..3 {
        assert!(stage.dial("/").await.is_ok());
    }
    assert!(stage.dial("/").await.is_err());
}

#[test]
fn defaults_are_what_aws_documents() {
    let limits = Limits::default();

    let account = Throttle {
        rps: 10_000,
        burst: 5_000,
    };
    assert_eq!(limits.account, Some(account));
    assert_eq!(limits.connects_per_second, Some(500));
    assert_eq!(
        (limits.frame_bytes, limits.message_bytes),
        (32_768, 131_072)
    );
    assert_eq!((limits.idle.as_secs(), limits.life.as_secs()), (600, 7_200));
    assert_eq!(limits.integration_timeout.as_secs(), 29);
}
