//! What counts against the limits of a connection: everything, whatever became of it.

use llama_ws_functions::SystemClock;
use llama_ws_local::dev::LocalOptions;
use llama_ws_tests::{Stage, assert_like, roomy};
use serde_json::json;

/// Whatever is wrong with a request, it has cost one message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_requests_count_as_messages_too() {
    let requests = [
        json!({"type": "nothing"}),
        json!({"type": "subscribe", "channels": []}),
        json!({"type": "subscribe", "channels": ["bad channel"]}),
        json!({"action": "subscribe", "channels": ["bad channel"]}),
        json!({"type": "subscribe", "channels": ["prices"], "options": {"snapshot": true}}),
        json!({"type": "resume"}),
        json!({"type": "unsubscribe", "channels": ["bad channel"]}),
        json!({"type": "filters", "filters": {}, "channels": ["bad channel"]}),
        json!({"type": "filters", "filters": {}}),
        json!({"type": "authenticate", "apiKey": "unknown"}),
    ];
    let mut policy = roomy().policy;
    policy.messages_per_minute = 3;
    for request in requests {
        let options = LocalOptions {
            policy: policy.clone(),
            ..roomy()
        };
        let stage = Stage::with(SystemClock, options).await;
        let mut client = stage.client().await;
        for _ in 0..3 {
            let reply = client.ask(&request).await;
            assert_ne!(reply["code"], "RATE_LIMITED", "{request}");
        }
        let reply = client.ask(&request).await;
        assert_eq!(reply["code"], "RATE_LIMITED", "{request}: {reply}");
    }
}

/// As the contract counts: subscription changes, whatever became of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_a_subscription_count_once_whatever_they_list() {
    let mut policy = roomy().policy;
    policy.subscription_changes_per_minute = 4;
    let options = LocalOptions { policy, ..roomy() };
    let stage = Stage::with(SystemClock, options).await;
    let mut client = stage.client().await;
    for request in [
        json!({"type": "subscribe", "channels": ["prices", "tvl", "alerts"]}),
        json!({"type": "filters", "filters": {}}),
        json!({"type": "unsubscribe", "channels": ["bad channel"]}),
        json!({"type": "unsubscribe"}),
    ] {
        assert_ne!(client.ask(&request).await["code"], "RATE_LIMITED");
    }
    let limited = json!({
        "type": "error", "code": "RATE_LIMITED", "message": "$text", "retryable": true,
        "retryAfterMs": "$wait", "timestamp": "$now",
    });
    for verb in ["subscribe", "filters", "unsubscribe"] {
        let request = json!({"type": verb, "channels": ["prices"], "filters": {}});
        assert_like(&client.ask(&request).await, &limited);
    }
    assert_eq!(client.ask(&json!({"type": "ping"})).await["type"], "pong");
}
