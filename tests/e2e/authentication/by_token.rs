//! JWTs: who comes in by one, what it allows, and that the session ends with it.

use std::sync::{Arc, Mutex};

use llama_ws_tests::{Issuer, post, with_tokens};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const MINUTE: u64 = 60;

/// Seconds since the epoch, so many after the story's start.
fn after(seconds: u64) -> u64 {
    start_time().as_secs() + seconds
}

async fn stage_of(issuer: &Issuer) -> (Stage<ManualClock>, ManualClock) {
    Stage::frozen(issuer.options()).await
}

/// A token of `user` that lives so long.
fn token(issuer: &Issuer, user: &str, lives: u64) -> String {
    issuer.token(&json!({"sub": user, "exp": after(lives)}))
}

async fn connected(stage: &Stage<ManualClock>, token: &str) -> Client {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    stage.connect("/", &headers).await.expect("a good token")
}

fn authenticate(token: &str) -> Value {
    json!({"type": "authenticate", "token": token})
}

#[tokio::test]
async fn a_token_may_stand_in_the_url_in_a_header_or_in_a_message() {
    let issuer = Issuer::new();
    let token = token(&issuer, "alice", 600);
    let in_url = format!("/?token={token}");
    let bearer = format!("bEARER {token}");
    let cases: [(&str, Headers); 2] = [(&in_url, &[]), ("/", &[("Authorization", &bearer)])];
    for (path, headers) in cases {
        let (stage, _clock) = stage_of(&issuer).await;
        let mut client = stage.connect(path, headers).await.unwrap();
        let reply = client
            .ask(&json!({"type": "subscribe", "channel": "alerts"}))
            .await;
        assert_eq!(reply["results"][0]["status"], "subscribed");
        assert_eq!(user(&stage).await.as_deref(), Some("alice"));
    }

    let (stage, _clock) = stage_of(&issuer).await;
    let mut stranger = stage.stranger().await;
    let id = stranger.id().await;
    assert_eq!(
        stranger.ask(&authenticate(&token)).await,
        json!({"type": "authenticated", "connectionId": id, "userId": "alice",
               "permissions": ["websocket:connect", "websocket:subscribe"],
               "expiresAt": after(600) * 1_000, "timestamp": start_time().0})
    );
    let answer = get(
        stage.addr(),
        "/subscriptions",
        &[("authorization", &bearer)],
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_token_allows_what_it_says() {
    let issuer = Issuer::new();
    let (stage, _clock) = stage_of(&issuer).await;
    let with = |permissions: Value| {
        issuer.token(&json!({"sub": "alice", "exp": after(600), "permissions": permissions}))
    };

    let mut client = connected(
        &stage,
        &with(json!(["websocket:connect", "websocket:subscribe:token:*"])),
    )
    .await;
    let reply = client
        .ask(&json!({"type": "subscribe", "channels": ["token:x", "prices"]}))
        .await;
    assert_eq!(reply["results"][0]["status"], "subscribed");
    assert_eq!(reply["results"][1]["error"]["code"], "FORBIDDEN");
    let reply = client.ask(&json!({"type": "stats"})).await;
    assert_eq!(reply["code"], "FORBIDDEN");

    for permissions in [json!([]), json!(["websocket:subscribe", "stats"])] {
        let path = format!("/?token={}", with(permissions.clone()));
        let refused = stage.connect(&path, &[]).await.err();
        assert_eq!(
            refused.map(|refused| refused.status),
            Some(403),
            "{permissions}"
        );
    }
    let broadcast = json!({"all": true, "message": {"type": "news", "data": {}}}).to_string();
    for (permissions, status) in [(json!(["*"]), 202), (json!(["websocket:subscribe"]), 403)] {
        let bearer = format!("Bearer {}", with(permissions));
        let headers = [("authorization", bearer.as_str())];
        let answer = post(stage.addr(), "/broadcast", &headers, &broadcast).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_token_that_is_not_good_lets_nobody_in_and_leaves_nothing_behind() {
    let issuer = Issuer::new();
    let (stage, clock) = stage_of(&issuer).await;
    let expired = token(&issuer, "alice", 60);
    let leeway = 30;
    pass(&clock, Duration::from_secs(60 + leeway)).await;
    let now = 60 + leeway;

    let early = json!({"sub": "alice", "nbf": after(now + 31), "exp": after(now + 60)});
    let good = token(&issuer, "alice", now + 60);
    let forged = token(&Issuer::new(), "alice", now + 60);
    for bad in [
        expired,
        issuer.token(&early),
        issuer.token(&json!({"sub": "alice"})),
        issuer.token(&json!({"exp": after(now + 60)})),
        good.replace('.', ".A"),
        forged,
        A_JWT.to_owned(),
        "demo-key".to_owned(),
    ] {
        let refused = stage.connect(&format!("/?token={bad}"), &[]).await.err();
        assert_eq!(refused.map(|refused| refused.status), Some(401), "{bad}");

        let mut stranger = stage.stranger().await;
        stranger.send(&authenticate(&bad)).await;
        let (frames, closed) = stranger.rest().await;
        assert_eq!(frames.len(), 1, "{frames:?}");
        assert_eq!(frames[0]["code"], "INVALID_CREDENTIAL");
        assert!(!frames[0].to_string().contains(&bad), "{}", frames[0]);
        assert_eq!(closed, deleted());
        stage.is_forgotten().await;
    }
    assert!(stage.connect(&format!("/?token={good}"), &[]).await.is_ok());
}

#[tokio::test]
async fn the_session_ends_with_the_token() {
    let issuer = Issuer::new();
    let (stage, clock) = stage_of(&issuer).await;
    let mut client = connected(&stage, &token(&issuer, "alice", 10 * MINUTE)).await;
    client.join(&["alerts"]).await;
    let alert = |id: &str| json!({"eventId": id, "type": "alert", "data": {}});

    pass(&clock, Duration::from_millis(5 * 60_000 - 1)).await;
    client.expect_silence().await;
    pass(&clock, Duration::from_millis(1)).await;
    let end = after(10 * MINUTE) * 1_000;
    assert_eq!(
        client.next().await,
        json!({"type": "auth_expiring", "expiresAt": end})
    );

    pass(&clock, Duration::from_millis(5 * 60_000 - 1)).await;
    stage.publish(&alert("before")).await;
    assert_eq!(client.next().await["eventId"], "before");
    client.expect_silence().await;

    pass(&clock, Duration::from_millis(1)).await;
    stage.publish(&alert("after")).await;
    let (frames, closed) = client.rest().await;
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0]["type"], "goodbye");
    assert_eq!(frames[0]["reason"], "auth_expired");
    assert!(frames[0]["reconnectAt"].as_u64() >= Some(end));
    assert_eq!(closed, deleted());
    stage.is_forgotten().await;
}

#[tokio::test]
async fn a_token_that_only_the_leeway_admits_gives_a_session_until_the_leeways_end() {
    let issuer = Issuer::new();
    let (stage, clock) = stage_of(&issuer).await;
    let token = token(&issuer, "alice", 60);
    pass(&clock, Duration::from_secs(70)).await;

    let mut client = stage.stranger().await;
    let reply = client.ask(&authenticate(&token)).await;
    assert_eq!(reply["expiresAt"], after(90) * 1_000);
    pass(&clock, Duration::from_secs(19)).await;
    client.expect_silence().await;
    pass(&clock, Duration::from_secs(1)).await;
    let (frames, _) = client.rest().await;
    assert_eq!(
        frames.last().map(|frame| &frame["reason"]),
        Some(&json!("auth_expired"))
    );
}

#[tokio::test]
async fn a_fresh_token_of_the_same_subject_extends_the_session_and_no_other_does() {
    let issuer = Issuer::new();
    let (stage, clock) = stage_of(&issuer).await;
    stage.key("alice-key", "alice", &["*"]).await;
    stage.key("bob-key", "bob", &["*"]).await;
    let mut client = connected(&stage, &token(&issuer, "alice", 10 * MINUTE)).await;
    client.join(&["alerts"]).await;
    let before = stage.documents().await;

    let expired = issuer.token(&json!({"sub": "alice", "exp": after(0) - 31}));
    let no_permission =
        json!({"sub": "alice", "exp": after(20 * MINUTE), "permissions": ["stats"]});
    for (request, code) in [
        (
            authenticate(&token(&issuer, "bob", 20 * MINUTE)),
            "INVALID_CREDENTIAL",
        ),
        (
            authenticate(&token(&issuer, "Alice", 20 * MINUTE)),
            "INVALID_CREDENTIAL",
        ),
        (
            authenticate(&token(&Issuer::new(), "alice", 20 * MINUTE)),
            "INVALID_CREDENTIAL",
        ),
        (authenticate(&expired), "INVALID_CREDENTIAL"),
        (
            json!({"type": "authenticate", "apiKey": "bob-key"}),
            "INVALID_CREDENTIAL",
        ),
        (authenticate(&issuer.token(&no_permission)), "FORBIDDEN"),
    ] {
        let reply = client.ask(&request).await;
        assert_eq!(reply["code"], code, "{request}");
    }
    assert_eq!(stage.documents().await, before);

    pass(&clock, Duration::from_secs(5 * MINUTE)).await;
    assert_eq!(client.next().await["type"], "auth_expiring");
    let fresh = token(&issuer, "alice", 14 * MINUTE);
    let reply = client.ask(&authenticate(&fresh)).await;
    assert_eq!(
        (&reply["type"], &reply["expiresAt"]),
        (&json!("authenticated"), &json!(after(14 * MINUTE) * 1_000))
    );
    // Shown again, it changes nothing: it is announced to end once.
    client.ask(&authenticate(&fresh)).await;
    pass(&clock, Duration::from_secs(3 * MINUTE)).await;
    client.expect_silence().await;
    pass(&clock, Duration::from_secs(MINUTE)).await;
    let end = after(14 * MINUTE) * 1_000;
    assert_eq!(
        client.next().await,
        json!({"type": "auth_expiring", "expiresAt": end})
    );

    // A key of the same user does as well, and has no end.
    client
        .ask(&json!({"type": "authenticate", "apiKey": "alice-key"}))
        .await;
    pass(&clock, Duration::from_secs(6 * MINUTE)).await;
    client.expect_silence().await;
    let alert = json!({"eventId": "1", "type": "alert", "userId": "alice", "data": {}});
    stage.publish(&alert).await;
    assert_eq!(client.next().await["eventId"], "1");
}

#[tokio::test]
async fn private_events_reach_the_subject_of_a_token() {
    let issuer = Issuer::new();
    let (stage, _clock) = stage_of(&issuer).await;
    let mut alice = connected(&stage, &token(&issuer, "alice", 600)).await;
    let mut bob = connected(&stage, &token(&issuer, "bob", 600)).await;
    alice.join(&["alerts"]).await;
    bob.join(&["alerts"]).await;

    let alert = json!({"eventId": "1", "type": "alert", "userId": "alice", "data": {}});
    stage.publish(&alert).await;
    assert_eq!(alice.next().await["eventId"], "1");
    bob.expect_silence().await;
}

/// A host that publishes this, once there is anything to publish.
async fn jwks_host() -> (String, Arc<Mutex<Option<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let published = Arc::new(Mutex::new(None::<Value>));
    let publish = Arc::clone(&published);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let Some(keys) = publish.lock().unwrap().clone() else {
                continue;
            };
            let keys = keys.to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", keys.len());
            let _ = stream.write_all(format!("{head}{keys}").as_bytes()).await;
        }
    });
    (url, published)
}

#[tokio::test]
async fn while_nobody_can_tell_a_good_token_is_not_called_bad() {
    let issuer = Issuer::new();
    let (url, published) = jwks_host().await;
    let options = with_tokens(vec![("JWT_JWKS_URL", url)]);
    let (stage, clock) = Stage::frozen(options).await;
    let token = token(&issuer, "alice", 600);
    let path = format!("/?token={token}");

    let refused = stage.connect(&path, &[]).await.err();
    assert_eq!(refused.map(|refused| refused.status), Some(503));
    let mut stranger = stage.stranger().await;
    let reply = stranger.ask(&authenticate(&token)).await;
    assert_eq!(
        (&reply["code"], &reply["retryable"]),
        (&json!("UNAVAILABLE"), &json!(true))
    );
    let bearer = format!("Bearer {token}");
    let answer = get(
        stage.addr(),
        "/subscriptions",
        &[("authorization", &bearer)],
    )
    .await;
    assert_eq!(answer.status, 503);

    *published.lock().unwrap() = Some(issuer.jwks());
    pass(&clock, Duration::from_secs(5)).await;
    let reply = stranger.ask(&authenticate(&token)).await;
    assert_eq!(reply["userId"], "alice");
    // And from now on the host may be away.
    *published.lock().unwrap() = None;
    assert!(stage.connect(&path, &[]).await.is_ok());
}
