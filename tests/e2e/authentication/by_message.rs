//! `authenticate` as a message: first, fresh, refused, and what may be sent with it.

use super::*;

#[tokio::test]
async fn a_stranger_authenticates_with_a_message_and_may_then_subscribe() {
    let (stage, clock) = stage_of_alice_and_bob().await;
    stage
        .insert_key("short", record("carol", Some(Duration::from_secs(900))))
        .await;
    let connected_at = start_time().0;

    let mut client = stage.stranger().await;
    let id = client.id().await;
    let reply = client
        .ask(&json!({"type": "authenticate", "apiKey": "alice-key", "id": "a"}))
        .await;
    assert_eq!(
        reply,
        json!({"type": "authenticated", "connectionId": id, "userId": "alice",
               "permissions": ["*"], "id": "a", "timestamp": connected_at})
    );
    let reply = client
        .ask(&json!({"type": "subscribe", "channel": "alerts"}))
        .await;
    assert_eq!(
        reply["results"],
        json!([{"channel": "alerts", "status": "subscribed"}])
    );
    stage
        .publish(&json!({"eventId": "1", "type": "alert", "userId": "alice", "data": {}}))
        .await;
    assert_eq!(client.next().await["eventId"], "1");
    // Nor is it closed for having been a stranger.
    pass(&clock, Duration::from_secs(31)).await;
    client.expect_silence().await;

    let mut other = stage.stranger().await;
    let reply = other
        .ask(&json!({"action": "authenticate", "apiKey": "short"}))
        .await;
    assert_eq!(reply["expiresAt"], connected_at + 900_000);
}

#[tokio::test]
async fn a_refused_authentication_is_told_and_then_ends_the_connection() {
    let (stage, _clock) = stage_of_alice_and_bob().await;
    stage
        .key("may-not-connect", "carol", &["websocket:subscribe"])
        .await;

    let cases = [
        (json!({"apiKey": "unknown"}), "INVALID_CREDENTIAL"),
        (json!({"token": A_JWT}), "INVALID_CREDENTIAL"),
        (json!({"token": "alice-key"}), "INVALID_CREDENTIAL"),
        (json!({"apiKey": "may-not-connect"}), "FORBIDDEN"),
    ];
    for (credential, code) in cases {
        let mut client = stage.stranger().await;
        let mut request = credential.clone();
        request["type"] = json!("authenticate");
        request["id"] = json!(7);
        client.send(&request).await;

        let (frames, closed) = client.rest().await;
        let told: Vec<_> = frames
            .iter()
            .map(|frame| {
                (
                    &frame["type"],
                    &frame["code"],
                    &frame["id"],
                    &frame["retryable"],
                )
            })
            .collect();
        let expected = (&json!("error"), &json!(code), &json!(7), &json!(false));
        assert_eq!(told, [expected], "{credential}");
        assert_eq!(closed, deleted(), "{credential}");
        stage.is_forgotten().await;
    }
}

#[tokio::test]
async fn a_malformed_authentication_is_an_error_that_leaves_another_try() {
    let (stage, _clock) = stage_of_alice_and_bob().await;
    let mut client = stage.stranger().await;

    for request in [
        json!({"type": "authenticate"}),
        json!({"type": "authenticate", "apiKey": ""}),
        json!({"type": "authenticate", "apiKey": 7}),
        json!({"type": "authenticate", "apiKey": "alice-key", "token": A_JWT}),
        json!({"type": "authenticate", "apiKey": "k".repeat(4_097)}),
    ] {
        let reply = client.ask(&request).await;
        assert_eq!(reply["code"], "INVALID_MESSAGE", "{request}");
    }
    let reply = client
        .ask(&json!({"type": "authenticate", "apiKey": "alice-key"}))
        .await;
    assert_eq!(reply["userId"], "alice");
}

#[tokio::test]
async fn a_fresh_credential_of_the_same_user_extends_the_session() {
    let (stage, clock) = Stage::frozen(LocalOptions::default()).await;
    let minutes = |count: u64| Duration::from_secs(count * 60);
    stage
        .insert_key("short", record("alice", Some(minutes(8))))
        .await;
    stage
        .insert_key("long", record("alice", Some(minutes(20))))
        .await;
    let mut client = stage.client_with_key("short").await;

    pass(&clock, minutes(3)).await;
    let notice = client.next().await;
    let end = start_time().plus(minutes(8));
    assert_eq!(notice, json!({"type": "auth_expiring", "expiresAt": end.0}));
    let reply = client
        .ask(&json!({"type": "authenticate", "apiKey": "long"}))
        .await;
    let end = start_time().plus(minutes(20));
    assert_eq!(
        (&reply["type"], &reply["expiresAt"]),
        (&json!("authenticated"), &json!(end.0))
    );

    pass(&clock, minutes(6)).await;
    let reply = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(reply["type"], "subscriptions");
    pass(&clock, minutes(6)).await;
    assert_eq!(
        client.next().await,
        json!({"type": "auth_expiring", "expiresAt": end.0})
    );
    client.expect_silence().await;

    pass(&clock, minutes(5)).await;
    let (frames, closed) = client.rest().await;
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(
        (&frames[0]["type"], &frames[0]["reason"]),
        (&json!("goodbye"), &json!("auth_expired"))
    );
    assert!(frames[0]["reconnectAt"].as_u64() >= Some(end.0));
    assert_eq!(closed, deleted());
    stage.is_forgotten().await;
}

#[tokio::test]
async fn a_bad_or_a_strangers_credential_leaves_the_session_as_it_was() {
    let (stage, clock) = stage_of_alice_and_bob().await;
    stage
        .key("may-not-connect", "alice", &["websocket:subscribe"])
        .await;
    stage
        .insert_key("short", record("alice", Some(Duration::from_secs(120))))
        .await;
    let mut client = stage.client_with_key("short").await;
    client
        .ask(&json!({"type": "subscribe", "channel": "alerts"}))
        .await;
    let before = stage.documents().await;

    for (credential, code) in [
        (json!({"apiKey": "unknown"}), "INVALID_CREDENTIAL"),
        (json!({"apiKey": "bob-key"}), "INVALID_CREDENTIAL"),
        (json!({"token": A_JWT}), "INVALID_CREDENTIAL"),
        (json!({"apiKey": "may-not-connect"}), "FORBIDDEN"),
    ] {
        let mut request = credential.clone();
        request["type"] = json!("authenticate");
        let reply = client.ask(&request).await;
        assert_eq!(reply["code"], code, "{credential}");
        assert!(
            !reply.to_string().contains("bob") && !reply.to_string().contains("alice"),
            "{reply}"
        );
    }
    assert_eq!(stage.documents().await, before);
    assert_eq!(stage.members().await, before);
    stage
        .publish(&json!({"eventId": "1", "type": "alert", "userId": "alice", "data": {}}))
        .await;
    assert_eq!(client.next().await["eventId"], "1");

    // The session still ends when it would have, and nothing revives it.
    pass(&clock, Duration::from_secs(120)).await;
    let (frames, _) = client.rest().await;
    assert_eq!(
        frames.last().map(|frame| &frame["reason"]),
        Some(&json!("auth_expired"))
    );
}

#[tokio::test]
async fn authentication_and_first_requests_may_be_sent_in_one_breath() {
    let stage = Stage::start().await;
    for first in ["authenticate", "subscribe"] {
        let mut client = stage.stranger().await;
        let mut requests = [
            json!({"type": "authenticate", "apiKey": "demo-key", "id": "authenticate"}),
            json!({"type": "subscribe", "channels": ["prices", "protocols"], "id": "subscribe"}),
        ];
        if first == "subscribe" {
            requests.reverse();
        }
        for request in &requests {
            client.send(request).await;
        }

        let mut replies = client.take(2).await;
        replies.sort_by_key(|reply| reply["id"].to_string());
        assert_eq!(replies[0]["type"], "authenticated", "{first} first");
        let subscribed = |channel| json!({"channel": channel, "status": "subscribed"});
        assert_eq!(
            replies[1]["results"],
            json!([subscribed("prices"), subscribed("protocols")]),
            "{first} first"
        );
    }
}

/// Sends requests that need a principal until one is refused at once: all places are taken.
async fn fill_the_places(client: &mut Client, request: &Value) {
    for id in 0..5 {
        let mut request = request.clone();
        request["id"] = json!(id);
        client.send(&request).await;
    }
    let refused = client.next().await;
    assert_eq!(refused["code"], "UNAUTHENTICATED", "{request}");
    client.expect_silence().await;
}

#[tokio::test]
async fn four_requests_wait_two_seconds_for_an_authentication_and_a_fifth_does_not() {
    for request in [
        json!({"type": "subscribe", "channel": "prices"}),
        json!({"action": "subscribe", "channels": ["prices"]}),
        json!({"type": "unsubscribe"}),
        json!({"type": "filters", "filters": {}}),
        json!({"type": "subscriptions"}),
        json!({"action": "subscriptions"}),
        json!({"type": "stats"}),
    ] {
        let (stage, clock) = stage_of_alice_and_bob().await;
        let mut client = stage.stranger().await;
        fill_the_places(&mut client, &request).await;

        clock.advance(Duration::from_millis(1_999));
        settle().await;
        client.expect_silence().await;
        clock.advance(Duration::from_millis(1));
        for frame in client.take(4).await {
            assert_eq!(frame["code"], "UNAUTHENTICATED", "{request}");
        }
        // The places are free again, and the connection may still authenticate.
        fill_the_places(&mut client, &request).await;
        let reply = client
            .ask(&json!({"type": "authenticate", "apiKey": "alice-key"}))
            .await;
        assert_eq!(reply["type"], "authenticated");
        clock.advance(Duration::from_millis(50));
        for frame in client.take(4).await {
            assert!(
                frame["type"] != "error" || frame["code"] == "NOT_SUBSCRIBED",
                "{request}: {frame}"
            );
        }
    }
}

#[tokio::test]
async fn a_stranger_may_ping_until_it_is_closed_after_30_seconds() {
    let (stage, clock) = stage_of_alice_and_bob().await;
    let mut client = stage.stranger().await;

    pass(&clock, Duration::from_millis(29_999)).await;
    client.expect_silence().await;
    pass(&clock, Duration::from_millis(1)).await;

    let (frames, closed) = client.rest().await;
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0]["type"], "goodbye");
    assert_eq!(frames[0]["reason"], "auth_expired");
    assert_eq!(closed, deleted());
    stage.is_forgotten().await;
}
