//! Planned endings: announced, explained, and then done.

use std::time::Duration;

use llama_ws_core::ports::ApiKey;
use llama_ws_core::{KeyId, KeyLimits, Permissions, Principal, UserId};
use llama_ws_memory::ManualClock;
use llama_ws_tests::{Client, Stage, assert_like, pass, roomy};
use serde_json::{Value, json};

const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A stage with two keys of one user: `short` ends after 20 minutes, `long` after 40.
async fn stage_with_ending_keys() -> (Stage<ManualClock>, ManualClock) {
    let (stage, clock) = Stage::frozen(roomy()).await;
    for (key, minutes) in [("short", 20), ("long", 40)] {
        let principal = Principal {
            user_id: UserId::new("alice"),
            key_id: Some(KeyId::new(key)),
            key_hash: None,
            permissions: Permissions::new(["*"]),
            expires_at: Some(stage.now().plus(secs(minutes * 60))),
            limits: KeyLimits::default(),
        };
        let record = ApiKey {
            principal,
            enabled: true,
            created_at: None,
        };
        stage.insert_key(key, record).await;
    }
    (stage, clock)
}

/// Lets time pass with a ping every 5 minutes, so that the gateway does not find it idle.
async fn stay(client: &mut Client, clock: &ManualClock, mut time: Duration) {
    while !time.is_zero() {
        let step = time.min(secs(300));
        pass(clock, step).await;
        client.expect_silence().await;
        time -= step;
    }
}

fn goodbye(reason: &str, at: u64) -> Value {
    json!({"type": "goodbye", "reason": reason, "reconnectAt": at})
}

#[tokio::test]
async fn who_never_authenticates_is_told_goodbye_after_30_seconds() {
    let (stage, clock) = Stage::frozen(roomy()).await;
    let mut stranger = stage.stranger().await;
    let mut known = stage.client().await;
    let end = stage.now().plus(secs(30)).0;

    pass(&clock, secs(29)).await;
    stranger.expect_silence().await;
    pass(&clock, secs(1)).await;
    let (frames, closed) = stranger.rest().await;
    assert_eq!(frames, [goodbye("auth_expired", end)]);
    assert_eq!(closed.code, 1000);
    known.expect_silence().await;
}

#[tokio::test]
async fn a_key_that_ends_is_announced_5_minutes_before_and_ends_the_session() {
    let (stage, clock) = stage_with_ending_keys().await;
    let mut client = stage.client_with_key("short").await;
    client.join(&["alerts"]).await;
    let end = stage.now().plus(secs(20 * 60)).0;

    stay(&mut client, &clock, secs(15 * 60 - 1)).await;
    pass(&clock, secs(1)).await;
    let announced = client.next().await;
    assert_eq!(
        announced,
        json!({"type": "auth_expiring", "expiresAt": end})
    );
    stay(&mut client, &clock, secs(5 * 60 - 1)).await;
    stage
        .publish(&json!({"eventId": "last", "type": "alert", "data": {}}))
        .await;
    assert_eq!(client.next().await["eventId"], "last");

    pass(&clock, secs(1)).await;
    let (frames, closed) = client.rest().await;
    assert_eq!(frames, [goodbye("auth_expired", end)]);
    assert_eq!(closed.code, 1000);
    stage.is_forgotten().await;
}

#[tokio::test]
async fn a_fresh_credential_moves_the_end() {
    let (stage, clock) = stage_with_ending_keys().await;
    let mut client = stage.client_with_key("short").await;
    let end = stage.now().plus(secs(40 * 60)).0;
    stay(&mut client, &clock, secs(15 * 60 - 1)).await;
    pass(&clock, secs(1)).await;
    assert_eq!(client.next().await["type"], "auth_expiring");

    let reply = client
        .ask(&json!({"type": "authenticate", "apiKey": "long"}))
        .await;
    let expected = json!({
        "type": "authenticated", "connectionId": "$connectionId", "userId": "alice",
        "permissions": ["*"], "expiresAt": end, "timestamp": "$now",
    });
    assert_like(&reply, &expected);
    stay(&mut client, &clock, secs(20 * 60 - 1)).await;
    pass(&clock, secs(1)).await;
    let announced = client.next().await;
    assert_eq!(
        announced,
        json!({"type": "auth_expiring", "expiresAt": end})
    );
    stay(&mut client, &clock, secs(5 * 60 - 1)).await;
    pass(&clock, secs(1)).await;
    let (frames, _) = client.rest().await;
    assert_eq!(frames, [goodbye("auth_expired", end)]);
}

/// No credential outlives itself: between its end and the close nothing is delivered.
#[tokio::test]
async fn nothing_is_delivered_once_the_key_has_ended() {
    let (stage, clock) = stage_with_ending_keys().await;
    let mut client = stage.client_with_key("short").await;
    client.join(&["alerts"]).await;
    stay(&mut client, &clock, secs(15 * 60 - 1)).await;
    pass(&clock, secs(1)).await;
    client.next().await;
    stay(&mut client, &clock, secs(5 * 60 - 1)).await;

    clock.advance(secs(1));
    stage
        .publish(&json!({"eventId": "late", "type": "alert", "data": {}}))
        .await;
    let (frames, _) = client.rest().await;
    let kinds: Vec<_> = frames.iter().map(|frame| &frame["type"]).collect();
    assert_eq!(kinds, ["goodbye"]);
}

/// 200 returns a second: one every 5 ms, and nobody before its time.
#[tokio::test]
async fn the_returns_of_many_are_spread() {
    let (stage, clock) = stage_with_ending_keys().await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(stage.client_with_key("short").await);
    }
    let end = stage.now().plus(secs(20 * 60)).0;
    for _ in 0..4 {
        pass(&clock, secs(5 * 60 - 1)).await;
        for client in &mut clients {
            client.send(&json!({"type": "ping"})).await;
        }
    }
    pass(&clock, secs(4)).await;

    let mut returns = Vec::new();
    for client in clients {
        let (frames, _) = client.rest().await;
        let goodbye = frames.last().unwrap();
        assert_eq!(goodbye["reason"], "auth_expired");
        returns.push(goodbye["reconnectAt"].as_u64().unwrap());
    }
    returns.sort_unstable();
    let expected: Vec<u64> = (0..50).map(|n| end + 5 * n).collect();
    assert_eq!(returns, expected);
}
