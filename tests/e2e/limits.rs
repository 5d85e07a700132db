//! Every limit at its edge: the last that passes, the first that does not, and what opens again.

mod sizes;

use std::time::Duration;

use llama_ws_core::Policy;
use llama_ws_local::dev::LocalOptions;
use llama_ws_memory::ManualClock;
use llama_ws_tests::{Stage, post};
use serde_json::{Value, json};

const DEMO: (&str, &str) = ("x-api-key", "demo-key");

const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

async fn stage_with(policy: Policy) -> (Stage<ManualClock>, ManualClock) {
    let options = LocalOptions {
        policy,
        ..LocalOptions::default()
    };
    Stage::frozen(options).await
}

async fn default_stage() -> (Stage<ManualClock>, ManualClock) {
    stage_with(Policy::default()).await
}

fn assert_limited(reply: &Value, retry_after: Duration) {
    let retry_after_ms = u64::try_from(retry_after.as_millis()).unwrap();
    assert_eq!(
        (
            &reply["type"],
            &reply["code"],
            &reply["retryable"],
            &reply["retryAfterMs"]
        ),
        (
            &json!("error"),
            &json!("RATE_LIMITED"),
            &json!(true),
            &json!(retry_after_ms)
        ),
        "{reply}"
    );
}

async fn status(stage: &Stage<ManualClock>) -> u16 {
    match stage.connect("/", &[DEMO]).await {
        Ok(_) => 101,
        Err(refused) => refused.status,
    }
}

#[tokio::test]
async fn connects_from_one_address_are_counted_for_a_minute_whoever_connects() {
    for limit in [0, 1, 3] {
        let policy = Policy {
            connects_per_minute: limit,
            ..Policy::default()
        };
        let (stage, clock) = stage_with(policy).await;

        for _ in 0..limit {
            assert_eq!(status(&stage).await, 101);
            clock.advance(secs(1));
        }
        // Refused ones are not counted, so the window ends a minute after the first that was.
        for _ in 0..3 {
            assert_eq!(status(&stage).await, 429);
        }
        stage.remembers(0).await;
        clock.advance(secs(59) + Duration::from_millis(999) - secs(u64::from(limit)));
        assert_eq!(status(&stage).await, 429);
        clock.advance(Duration::from_millis(1));
        for _ in 0..limit {
            assert_eq!(status(&stage).await, 101);
        }
        assert_eq!(status(&stage).await, 429);
    }
}

#[tokio::test]
async fn a_refused_credential_counts_as_a_connect() {
    let policy = Policy {
        connects_per_minute: 2,
        ..Policy::default()
    };
    let (stage, _clock) = stage_with(policy).await;

    for expected in [401, 401, 429] {
        let refused = stage.connect("/?apiKey=guess", &[]).await.err();
        assert_eq!(refused.map(|refused| refused.status), Some(expected));
    }
    assert_eq!(status(&stage).await, 429);
}

#[tokio::test]
async fn loopback_is_exempt_from_the_default_limit() {
    let (stage, _clock) = default_stage().await;
    for _ in 0..101 {
        let refused = stage.connect("/?apiKey=guess", &[]).await.err();
        assert_eq!(refused.map(|refused| refused.status), Some(401));
    }
}

#[tokio::test]
async fn a_connection_may_send_1000_messages_a_minute_readable_or_not() {
    let (stage, clock) = default_stage().await;
    let mut client = stage.client().await;
    let mut neighbour = stage.client().await;

    for n in 0..500 {
        client.send(&json!({"type": "ping", "id": n})).await;
        client.send_text("not JSON").await;
    }
    let replies = client.take(1_000).await;
    let pongs = replies
        .iter()
        .filter(|reply| reply["type"] == "pong")
        .count();
    let unreadable = replies
        .iter()
        .filter(|reply| reply["code"] == "INVALID_JSON")
        .count();
    assert_eq!((pongs, unreadable), (500, 500));

    assert_limited(&client.ask(&json!({"type": "ping"})).await, secs(60));
    clock.advance(secs(1));
    client.send_text("not JSON").await;
    assert_limited(&client.next().await, secs(59));
    assert_limited(
        &client
            .ask(&json!({"type": "subscribe", "channel": "prices"}))
            .await,
        secs(59),
    );
    assert_limited(
        &client
            .ask(&json!({"type": "authenticate", "apiKey": "demo-key"}))
            .await,
        secs(59),
    );
    neighbour.expect_silence().await;

    clock.advance(Duration::from_millis(58_999));
    assert_limited(
        &client.ask(&json!({"type": "ping"})).await,
        Duration::from_millis(1),
    );
    clock.advance(Duration::from_millis(1));
    for _ in 0..1_000 {
        client.send(&json!({"type": "ping"})).await;
    }
    for reply in client.take(1_000).await {
        assert_eq!(reply["type"], "pong");
    }
    assert_limited(&client.ask(&json!({"type": "ping"})).await, secs(60));
}

/// One of each request that changes a subscription, over and over.
fn change(n: usize) -> Value {
    match n % 4 {
        0 => json!({"type": "subscribe", "channels": ["prices", "tvl", "alerts"]}),
        1 => json!({"action": "filters", "filters": {"chains": ["bsc"]}}),
        2 => json!({"type": "unsubscribe", "channels": ["tvl"]}),
        _ => json!({"action": "subscribe", "channels": ["tvl"]}),
    }
}

#[tokio::test]
async fn ten_subscription_changes_a_minute_pass_whatever_each_lists() {
    let (stage, clock) = default_stage().await;
    let mut client = stage.client().await;

    for n in 0..10 {
        let reply = client.ask(&change(n)).await;
        assert_ne!(reply["type"], "error", "change {n}: {reply}");
        clock.advance(secs(1));
    }
    let before = stage.documents().await;
    for n in 0..5 {
        assert_limited(&client.ask(&change(n)).await, secs(50));
    }
    assert_eq!(stage.documents().await, before);
    // Neither looking nor pinging is a change.
    let held = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(held["type"], "subscriptions");
    client.expect_silence().await;
    // Another connection has its own ten.
    let reply = stage.client().await.ask(&change(0)).await;
    assert_eq!(reply["type"], "subscription_result");

    clock.advance(secs(50));
    for n in 0..10 {
        let reply = client.ask(&change(n)).await;
        assert_ne!(reply["type"], "error", "change {n}: {reply}");
    }
    assert_limited(&client.ask(&change(0)).await, secs(60));
}

#[tokio::test]
async fn changes_over_http_count_with_those_of_the_socket() {
    let (stage, clock) = default_stage().await;
    stage.key("bob-key", "bob", &["*"]).await;
    let mut client = stage.client().await;
    let id = client.id().await;
    let subscribe = json!({"connectionId": id, "channels": ["prices"]}).to_string();
    let filters = json!({"connectionId": id, "filters": {}}).to_string();
    let unsubscribe = json!({"connectionId": id}).to_string();

    // A stranger's attempts are not the connection's.
    for _ in 0..11 {
        let answer = post(
            stage.addr(),
            "/subscribe",
            &[("x-api-key", "bob-key")],
            &subscribe,
        )
        .await;
        assert_eq!(answer.status, 404);
    }
    for n in 0..3 {
        for (path, body) in [
            ("/subscribe", &subscribe),
            ("/filters", &filters),
            ("/unsubscribe", &unsubscribe),
        ] {
            let answer = post(stage.addr(), path, &[DEMO], body).await;
            assert_eq!(answer.status, 200, "{path} {n}: {}", answer.text);
        }
    }
    let reply = client.ask(&change(0)).await;
    assert_eq!(reply["type"], "subscription_result");
    clock.advance(Duration::from_millis(1_500));

    assert_limited(&client.ask(&change(0)).await, Duration::from_millis(58_500));
    for (path, body) in [
        ("/subscribe", &subscribe),
        ("/filters", &filters),
        ("/unsubscribe", &unsubscribe),
    ] {
        let answer = post(stage.addr(), path, &[DEMO], body).await;
        assert_eq!(answer.status, 429, "{path}");
        assert_eq!(answer.headers["retry-after"], "59");
        assert_limited(&answer.json(), Duration::from_millis(58_500));
    }
    clock.advance(Duration::from_millis(58_500));
    let answer = post(stage.addr(), "/subscribe", &[DEMO], &subscribe).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_user_may_have_a_hundred_connections_and_a_place_that_is_left_is_free_again() {
    let (stage, _clock) = default_stage().await;
    stage.key("alice-key", "alice", &["*"]).await;
    stage.key("her-other-key", "alice", &["*"]).await;
    let mut clients = Vec::new();
    for n in 0..100 {
        let key = if n % 2 == 0 {
            "alice-key"
        } else {
            "her-other-key"
        };
        clients.push(stage.client_with_key(key).await);
    }
    let connect = async || stage.connect("/", &[("x-api-key", "her-other-key")]).await;

    for _ in 0..3 {
        assert_eq!(
            connect().await.err().map(|refused| refused.status),
            Some(429)
        );
    }
    stage.remembers(100).await;
    // Strangers have no place, and somebody else has their own.
    stage.stranger().await.close().await;
    stage.client().await.close().await;
    stage.remembers(100).await;

    clients.remove(50).close().await;
    clients.remove(0).cut();
    stage.remembers(98).await;
    let _back = (connect().await.unwrap(), connect().await.unwrap());
    assert_eq!(
        connect().await.err().map(|refused| refused.status),
        Some(429)
    );
    stage.remembers(100).await;
}

#[tokio::test]
async fn authenticating_by_message_takes_a_place_or_ends_the_connection() {
    let policy = Policy {
        connections_per_user: 2,
        ..Policy::default()
    };
    let (stage, _clock) = stage_with(policy).await;
    let authenticate = json!({"type": "authenticate", "apiKey": "demo-key"});
    let first = stage.client().await;
    let mut second = stage.stranger().await;
    assert_eq!(second.ask(&authenticate).await["type"], "authenticated");
    // Who has a place keeps it however often it authenticates.
    assert_eq!(second.ask(&authenticate).await["type"], "authenticated");

    for _ in 0..3 {
        let mut third = stage.stranger().await;
        third.send(&authenticate).await;
        let (frames, closed) = third.rest().await;
        assert_eq!(frames.len(), 1, "{frames:?}");
        assert_limited(&frames[0], secs(60));
        assert_eq!(closed.code, 1000);
        stage.remembers(2).await;
    }

    first.close().await;
    stage.remembers(1).await;
    let mut third = stage.stranger().await;
    assert_eq!(third.ask(&authenticate).await["type"], "authenticated");
    assert_eq!(status(&stage).await, 429);
    second.expect_silence().await;
}

#[tokio::test]
async fn nobody_gets_in_where_a_user_may_have_no_connection() {
    let policy = Policy {
        connections_per_user: 0,
        ..Policy::default()
    };
    let (stage, _clock) = stage_with(policy).await;

    assert_eq!(status(&stage).await, 429);
    stage.stranger().await.expect_silence().await;
}
