//! Every client example of the original README, as it is written there.

use std::time::Duration;

use futures_util::future::join_all;
use llama_ws_functions::SystemClock;
use llama_ws_local::dev::LocalOptions;
use llama_ws_local::gateway::{Jitter, Options};
use llama_ws_tests::{Stage, assert_like, get};
use serde_json::{Value, json};

/// Services that run at the same time.
const AT_A_TIME: u64 = 50;

/// A service that knows the README's key.
async fn stage_with_the_key() -> Stage {
    let stage = Stage::start().await;
    let permissions = ["websocket:connect", "websocket:subscribe"];
    stage.key("YOUR_API_KEY", "user", &permissions).await;
    stage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_may_come_in_the_query() {
    let stage = stage_with_the_key().await;
    let mut client = stage.connect("/?apiKey=YOUR_API_KEY", &[]).await.unwrap();

    client.join(&["prices"]).await;
    let refused = stage.connect("/?apiKey=not-a-key", &[]).await.err();
    assert_eq!(refused.map(|refused| refused.status), Some(401));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_may_come_in_a_message() {
    let stage = stage_with_the_key().await;
    let mut client = stage.stranger().await;

    let reply = client
        .ask(&json!({"type": "authenticate", "apiKey": "YOUR_API_KEY"}))
        .await;
    let expected = json!({
        "type": "authenticated", "connectionId": "$connectionId", "userId": "user",
        "permissions": ["websocket:connect", "websocket:subscribe"], "timestamp": "$now",
    });
    assert_like(&reply, &expected);
}

/// The README's first example sends both messages as soon as the socket is open. They run
/// concurrently, so each seed is a service of its own whose gateway delays each message by its own
/// while, and many seeds run side by side.
async fn authenticates_and_subscribes_in_one_breath(seed: u64) {
    let gateway = Options {
        jitter: Some(Jitter {
            seed,
            max: Duration::from_millis(4),
        }),
        ..Options::default()
    };
    let options = LocalOptions {
        gateway,
        ..LocalOptions::default()
    };
    let stage = Stage::with(SystemClock, options).await;
    let mut client = stage.stranger().await;
    client
        .send(&json!({"type": "authenticate", "apiKey": "demo-key"}))
        .await;
    client
        .send(&json!({
            "type": "subscribe",
            "channels": ["prices", "protocols"],
            "filters": {"protocolIds": ["uniswap-v3", "aave-v3"]},
        }))
        .await;

    let mut replies = client.take(2).await;
    replies.sort_by_key(|reply| reply["type"].to_string());
    assert_eq!(
        replies[0]["type"], "authenticated",
        "seed {seed}: {replies:?}"
    );
    assert_eq!(
        replies[1]["results"],
        json!([
            {"channel": "prices", "status": "subscribed"},
            {"channel": "protocols", "status": "subscribed"},
        ]),
        "seed {seed}: {replies:?}"
    );
    let event = json!({"type": "price_update", "data": {"coin": "bitcoin"}});
    stage.publish(&event).await;
    let frame = client.next().await;
    assert_eq!(frame["channel"], "prices", "seed {seed}: {frame}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authenticate_and_subscribe_in_one_breath_pass_a_thousand_seeds() {
    for first in (0..1_000).step_by(usize::try_from(AT_A_TIME).unwrap()) {
        let seeds = first..first + AT_A_TIME;
        join_all(seeds.map(authenticates_and_subscribes_in_one_breath)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ping_is_answered_with_a_pong() {
    let stage = Stage::start().await;
    let mut client = stage.client().await;

    let reply = client.ask(&json!({"type": "ping"})).await;
    let expected = json!({"type": "pong", "connectionId": "$connectionId", "timestamp": "$now"});
    assert_like(&reply, &expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_subscription_example_with_every_filter_works_until_it_is_left() {
    let stage = Stage::start().await;
    let mut client = stage.client().await;
    let request = json!({
        "type": "subscribe",
        "channels": ["prices", "protocols", "alerts"],
        "filters": {
            "protocolIds": ["uniswap-v3", "aave-v3"],
            "tokenIds": ["ethereum", "bitcoin"],
            "chains": ["ethereum", "polygon"],
            "minValue": 1000,
            "maxValue": 1_000_000,
        },
    });
    let reply = client.ask(&request).await;
    let expected = json!({
        "type": "subscription_result", "connectionId": "$connectionId", "offset": "$offset",
        "results": [
            {"channel": "prices", "status": "subscribed"},
            {"channel": "protocols", "status": "subscribed"},
            {"channel": "alerts", "status": "subscribed"},
        ],
    });
    assert_like(&reply, &expected);

    let price = |id: &str, coin: &str, price: u64| json!({"eventId": id, "type": "price_update", "data": {"coin": coin, "price": price}});
    stage
        .publish(&json!([
            price("too-low", "bitcoin", 999),
            price("another-token", "solana", 2_000),
            price("good", "bitcoin", 1_000),
        ]))
        .await;
    assert_eq!(client.next().await["eventId"], "good");

    let reply = client
        .ask(&json!({"type": "unsubscribe", "channels": ["prices"]}))
        .await;
    assert_eq!(
        reply,
        json!({
            "type": "unsubscription_result",
            "results": [{"channel": "prices", "status": "unsubscribed"}],
        })
    );
    let alert = json!({"eventId": "alert", "type": "alert", "data": {}});
    stage
        .publish(&json!([price("left", "bitcoin", 1_000), alert]))
        .await;
    assert_eq!(client.next().await["eventId"], "alert");
}

/// The README's payloads, each on the channel it documents.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documented_payloads_arrive_on_their_documented_channel() {
    let table = [
        (
            "price_update",
            "prices",
            r#"{ "coin": "bitcoin", "price": 67500, "change24h": 2.5, "timestamp": 1640995200000 }"#,
            "normal",
        ),
        (
            "tvl_update",
            "protocols",
            r#"{ "protocol": "uniswap-v3", "tvl": 5200000000, "change24h": -1.2, "timestamp": 1640995200000 }"#,
            "normal",
        ),
        (
            "alert",
            "alerts",
            r#"{ "alertId": "alert-123", "type": "price_threshold", "message": "Bitcoin price exceeded $70,000", "priority": "high", "timestamp": 1640995200000 }"#,
            "high",
        ),
    ];
    let stage = Stage::start().await;
    let mut client = stage.client().await;
    client.join(&["prices", "protocols", "alerts"]).await;

    for (kind, channel, data, priority) in table {
        let event = format!(r#"{{"type":"{kind}","timestamp":1640995200000,"data":{data}}}"#);
        assert_eq!(stage.publish_text(&event).await.status, 200);
        let text = client.next_text().await;
        assert!(text.contains(&format!(r#""data":{data},"#)), "{text}");
        let frame: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({
            "type": kind, "channel": channel, "data": frame["data"],
            "timestamp": 1_640_995_200_000_u64, "eventId": "$eventId", "offset": "$offset",
            "prev": "$prev", "metadata": {"sentAt": "$now", "priority": priority},
        });
        assert_like(&frame, &expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phase_5_example_confirms_and_delivers() {
    let stage = Stage::start().await;
    let mut client = stage.client().await;
    let channels = json!(["events:prices", "events:protocol:uniswap-v3"]);
    let filters = json!({"tokenIds": ["ethereum"], "chains": ["ethereum", "polygon"]});

    let reply = client
        .ask(&json!({"action": "subscribe", "channels": channels, "filters": filters}))
        .await;
    let expected = json!({
        "type": "subscription_confirmed", "connectionId": "$connectionId", "offset": "$offset",
        "subscription": {"channels": channels, "filters": filters, "subscribedAt": "$now"},
        "timestamp": "$now",
    });
    assert_like(&reply, &expected);

    let data = json!({"tokenId": "ethereum", "currentPrice": 2750, "changePercent": 10});
    stage
        .publish(&json!({"eventType": "price_update", "timestamp": 1_234_567_890, "data": data}))
        .await;
    let frame = client.next().await;
    let expected = json!({
        "type": "price_update", "channel": "events:prices", "data": data,
        "timestamp": 1_234_567_890, "eventId": "$eventId", "offset": "$offset", "prev": "$prev",
        "metadata": {"sentAt": "$now", "priority": "normal"},
    });
    assert_like(&frame, &expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_channel_of_phase_5_delivers_under_its_own_name() {
    let price = json!({
        "type": "price_update",
        "data": {"tokenId": "ethereum", "chain": "polygon", "currentPrice": 2750},
    });
    let tvl = json!({
        "type": "tvl_change",
        "data": {"protocolId": "uniswap-v3", "chain": "polygon", "currentTvl": 5},
    });
    let update = json!({"type": "protocol_update", "data": {"protocolId": "uniswap-v3"}});
    let alert = json!({"type": "alert", "data": {"alertId": "1"}});
    let table = [
        ("events:prices", &price),
        ("events:tvl", &tvl),
        ("events:protocols", &update),
        ("events:alerts", &alert),
        ("events:token:ethereum", &price),
        ("events:protocol:uniswap-v3", &tvl),
        ("events:chain:polygon:prices", &price),
        ("events:chain:polygon:tvl", &tvl),
    ];
    let stage = Stage::start().await;
    for (channel, event) in table {
        let mut client = stage.client().await;
        client.join(&[channel]).await;
        stage.publish(event).await;
        let frame = client.next().await;
        assert_eq!(frame["channel"], channel);
        assert_eq!(frame["data"], event["data"]);
    }
}

/// The README's filter examples: without ids it is not about, an event passes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_filter_examples_keep_what_they_say() {
    let stage = Stage::start().await;
    let mut tokens = stage.client().await;
    tokens
        .join_filtered(
            &["events:prices"],
            &json!({"tokenIds": ["ethereum"], "chains": ["ethereum", "polygon"]}),
        )
        .await;
    let mut protocols = stage.client().await;
    protocols
        .join_filtered(&["events:tvl"], &json!({"protocolIds": ["uniswap-v3"]}))
        .await;

    let price = |id: &str, chain: &str| json!({"eventId": id, "type": "price_update", "data": {"tokenId": "ethereum", "chain": chain}});
    let tvl = |id: &str, protocol: &str| json!({"eventId": id, "type": "tvl_change", "data": {"protocolId": protocol}});
    stage
        .publish(&json!([
            price("1", "base"),
            price("2", "polygon"),
            tvl("3", "aave-v3"),
            tvl("4", "uniswap-v3"),
        ]))
        .await;
    assert_eq!(tokens.next().await["eventId"], "2");
    assert_eq!(protocols.next().await["eventId"], "4");
}

/// What its troubleshooting page tells an operator to ask.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_http_questions_are_answered() {
    let stage = Stage::start().await;
    let key = [("x-api-key", "demo-key")];

    for path in ["/subscriptions", "/subscription-stats"] {
        let answer = get(stage.addr(), path, &key).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
}
