//! How much one connection may be subscribed to, at n − 1, n and n + 1.

use std::ops::Range;

use llama_ws_core::{MAX_CHANNELS, MAX_SUBSCRIPTION_BYTES};
use llama_ws_tests::{Client, Stage, assert_like};
use llama_ws_wire::{MAX_CHANNEL_COUNT, MAX_FILTER_VALUE_BYTES, MAX_FILTER_VALUES};
use serde_json::{Value, json};

use super::shown;

fn tokens(range: Range<usize>) -> Vec<String> {
    range.map(|n| format!("token:{n}")).collect()
}

fn too_many(details: &Value) -> Value {
    json!({
        "type": "error", "code": "TOO_MANY_CHANNELS", "message": "$text", "retryable": false,
        "details": details, "timestamp": "$now",
    })
}

async fn join_all_but(client: &mut Client, fewer: usize) {
    for range in [0..MAX_CHANNELS / 2, MAX_CHANNELS / 2..MAX_CHANNELS - fewer] {
        let reply = client
            .ask(&json!({"type": "subscribe", "channels": tokens(range)}))
            .await;
        let results = reply["results"].as_array().unwrap();
        assert!(
            results
                .iter()
                .all(|result| result["status"] == "subscribed"),
            "{reply}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_request_lists_at_most_50_channels() {
    let stage = Stage::roomy().await;
    for dialect in ["type", "action"] {
        for (count, refused) in [
            (MAX_CHANNEL_COUNT - 1, false),
            (MAX_CHANNEL_COUNT, false),
            (MAX_CHANNEL_COUNT + 1, true),
        ] {
            let mut client = stage.client().await;
            let request = json!({dialect: "subscribe", "channels": tokens(0..count)});
            let reply = client.ask(&request).await;
            if refused {
                assert_like(&reply, &too_many(&json!({"limit": 50})));
                assert_eq!(shown(&mut client).await, Value::Null);
            } else {
                assert_ne!(reply["type"], "error", "{count}: {reply}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_101st_channel_fails_alone_in_the_type_dialect() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    join_all_but(&mut client, 1).await;

    let reply = client
        .ask(&json!({
            "type": "subscribe", "channels": ["token:0", "bad channel", "prices", "tvl", "token:1"],
        }))
        .await;
    let failed = |code: &str| json!({"code": code, "message": "$text"});
    assert_like(
        &reply["results"],
        &json!([
            {"channel": "token:0", "status": "subscribed"},
            {"channel": "bad channel", "status": "failed", "error": failed("INVALID_CHANNEL")},
            {"channel": "prices", "status": "subscribed"},
            {"channel": "tvl", "status": "failed", "error": failed("TOO_MANY_CHANNELS")},
            {"channel": "token:1", "status": "subscribed"},
        ]),
    );
    let channels = shown(&mut client).await["channels"].take();
    assert_eq!(channels.as_array().unwrap().len(), MAX_CHANNELS);
    assert_eq!(channels[MAX_CHANNELS - 1], "prices");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_101st_channel_refuses_all_in_the_action_dialect() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    join_all_but(&mut client, 1).await;

    let reply = client
        .ask(&json!({"action": "subscribe", "channels": ["prices", "tvl", "bad channel"]}))
        .await;
    let details = json!({"channels": ["tvl", "bad channel"], "limit": 100});
    assert_like(&reply, &too_many(&details));
    let reply = client
        .ask(&json!({"action": "subscribe", "channels": ["prices"]}))
        .await;
    assert_eq!(reply["type"], "subscription_confirmed");
    let reply = client
        .ask(&json!({"action": "subscribe", "channels": ["tvl"]}))
        .await;
    assert_like(
        &reply,
        &too_many(&json!({"channels": ["tvl"], "limit": 100})),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_connection_may_still_change_what_it_has() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    join_all_but(&mut client, 0).await;

    for spelling in ["token:7", "events:token:7"] {
        client
            .join_filtered(&[spelling], &json!({"minValue": 1}))
            .await;
    }
    client
        .ask(&json!({"type": "unsubscribe", "channels": ["token:0"]}))
        .await;
    client.join(&["prices"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_one_of_100_channels_delivers() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    join_all_but(&mut client, 0).await;

    let events: Vec<Value> = (0..MAX_CHANNELS)
        .map(|n| json!({"type": "price_update", "data": {"tokenId": n.to_string()}}))
        .collect();
    stage.publish(&json!(events)).await;
    for frame in client.take(MAX_CHANNELS).await {
        let token = frame["data"]["tokenId"].as_str().unwrap();
        assert_eq!(frame["channel"], format!("token:{token}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_list_at_most_200_values_of_256_bytes() {
    let table = [
        (MAX_FILTER_VALUES - 1, 1, None),
        (MAX_FILTER_VALUES, 1, None),
        (MAX_FILTER_VALUES + 1, 1, Some("tokenIds")),
        (1, MAX_FILTER_VALUE_BYTES, None),
        (1, MAX_FILTER_VALUE_BYTES + 1, Some("tokenIds")),
    ];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    for (count, bytes, fault) in table {
        let values: Vec<String> = (0..count).map(|_| "x".repeat(bytes)).collect();
        let request = json!({
            "type": "subscribe", "channels": ["prices"], "filters": {"tokenIds": values},
        });
        let reply = client.ask(&request).await;
        match fault {
            None => assert_eq!(reply["type"], "subscription_result"),
            Some(field) => {
                assert_eq!(reply["code"], "INVALID_FILTER");
                assert_eq!(reply["details"], json!({"field": field}));
            }
        }
    }
}

/// Filters that make a `subscription` of exactly `bytes`, whose other parts take `rest`.
fn filters_of(bytes: usize, rest: usize) -> Value {
    let mut left = bytes - rest - r#""tokenIds":[]"#.len();
    let mut values = Vec::new();
    while left > 0 {
        // Each value has two quotes; each but the first a comma.
        let around = if values.is_empty() { 2 } else { 3 };
        let mut value = (left - around).min(200);
        // What is left must hold a value of at least one character, or nothing.
        let after = left - around - value;
        if (1..4).contains(&after) {
            value -= 4;
        }
        values.push("x".repeat(value));
        left -= around + value;
    }
    json!({"tokenIds": values})
}

fn bytes_of(subscription: &Value) -> usize {
    subscription.to_string().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_subscription_has_at_most_24_kb() {
    let stage = Stage::roomy().await;
    for dialect in ["type", "action"] {
        for (bytes, refused) in [
            (MAX_SUBSCRIPTION_BYTES - 1, false),
            (MAX_SUBSCRIPTION_BYTES, false),
            (MAX_SUBSCRIPTION_BYTES + 1, true),
        ] {
            let mut client = stage.client().await;
            client.join(&["prices"]).await;
            let before = shown(&mut client).await;
            let filters = filters_of(bytes, bytes_of(&before));
            let request = json!({dialect: "subscribe", "channels": ["prices"], "filters": filters});
            let reply = client.ask(&request).await;
            let after = shown(&mut client).await;
            if refused {
                let details = json!({"limit": MAX_SUBSCRIPTION_BYTES, "unit": "bytes"});
                assert_like(&reply, &too_many(&details));
                assert_eq!(after, before, "nothing changes");
            } else {
                assert_ne!(reply["type"], "error", "{reply}");
                assert_eq!(bytes_of(&after), bytes);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_filters_is_held_to_24_kb_as_well() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["prices", "tvl"]).await;
    let before = shown(&mut client).await;
    let filters = filters_of(MAX_SUBSCRIPTION_BYTES + 1, bytes_of(&before));

    let reply = client
        .ask(&json!({"type": "filters", "filters": filters}))
        .await;
    assert_eq!(reply["code"], "TOO_MANY_CHANNELS");
    assert_eq!(shown(&mut client).await, before);
    let filters = filters_of(MAX_SUBSCRIPTION_BYTES, bytes_of(&before));
    let reply = client
        .ask(&json!({"type": "filters", "filters": filters}))
        .await;
    assert_eq!(reply["type"], "filters_updated");
    let reply = client
        .ask(&json!({"type": "subscribe", "channels": ["alerts"]}))
        .await;
    assert_eq!(reply["code"], "TOO_MANY_CHANNELS", "one more is too much");
}
