//! Who may connect, and who may do what: credentials in every place, at every time.

mod by_message;
mod by_token;

use std::time::Duration;

use llama_ws_core::ports::ApiKey;
use llama_ws_core::{AuthMode, KeyId, KeyLimits, Permissions, Policy, Principal, UserId};
use llama_ws_local::dev::LocalOptions;
use llama_ws_memory::ManualClock;
use llama_ws_tests::{Client, Closed, Raw, Stage, get, opcode, pass, settle, start_time};
use serde_json::{Value, json};

type Headers<'a> = &'a [(&'a str, &'a str)];

const A_JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";

fn record(user: &str, lives: Option<Duration>) -> ApiKey {
    ApiKey {
        principal: Principal {
            user_id: UserId::new(user),
            key_id: Some(KeyId::new(format!("id-of-{user}"))),
            key_hash: None,
            permissions: Permissions::new(["*"]),
            expires_at: lives.map(|lives| start_time().plus(lives)),
            limits: KeyLimits::default(),
        },
        enabled: true,
        created_at: None,
    }
}

fn deleted() -> Closed {
    Closed {
        code: 1000,
        reason: "Connection Closed Normally".to_owned(),
    }
}

async fn stage_of_alice_and_bob() -> (Stage<ManualClock>, ManualClock) {
    let (stage, clock) = Stage::frozen(LocalOptions::default()).await;
    stage.key("alice-key", "alice", &["*"]).await;
    stage.key("bob-key", "bob", &["*"]).await;
    (stage, clock)
}

/// Whose the only connection is.
async fn user(stage: &Stage<ManualClock>) -> Option<String> {
    let documents = stage.documents().await;
    assert_eq!(documents.len(), 1);
    let principal = documents[0].principal.as_ref();
    principal.map(|principal| principal.user_id.to_string())
}

#[tokio::test]
async fn a_credential_may_stand_in_many_places_and_the_first_that_is_not_blank_wins() {
    let both = &[
        ("x-api-key", "alice-key"),
        ("authorization", "Bearer bob-key"),
    ];
    let cases: &[(&str, Headers, Option<&str>)] = &[
        ("/?apiKey=alice-key", &[], Some("alice")),
        ("/?api_key=alice-key", &[], Some("alice")),
        ("/?apiKey=alice%2Dkey", &[], Some("alice")),
        ("/prod?x=1&apiKey=alice-key", &[], Some("alice")),
        ("/", &[("x-api-key", "alice-key")], Some("alice")),
        ("/", &[("X-API-KEY", "alice-key")], Some("alice")),
        ("/", &[("X-Api-Key", " alice-key ")], Some("alice")),
        ("/", &[("Authorization", "Bearer alice-key")], Some("alice")),
        (
            "/",
            &[("AUTHORIZATION", "bEARER  alice-key")],
            Some("alice"),
        ),
        ("/?apiKey=alice-key&api_key=bob-key", both, Some("alice")),
        ("/?apiKey=&api_key=bob-key", both, Some("bob")),
        ("/?apiKey=%20&api_key=+&token=", both, Some("alice")),
        ("/?apikey=bob-key", both, Some("alice")),
        ("/", both, Some("alice")),
        ("/", &[("x-api-key", ""), both[1]], Some("bob")),
        ("/?apiKey=", &[("x-api-key", " ")], None),
        ("/", &[("authorization", "Basic YWxpY2U6a2V5")], None),
        ("/", &[("authorization", "alice-key")], None),
        ("/", &[], None),
    ];
    for &(path, headers, expected) in cases {
        let (stage, _clock) = stage_of_alice_and_bob().await;
        let head = Raw::open(stage.addr()).await.upgrade(path, headers).await;

        let case = format!("{path} {headers:?}");
        assert!(head.starts_with("HTTP/1.1 101 "), "{case}: {head}");
        assert_eq!(user(&stage).await.as_deref(), expected, "{case}");
    }
}

#[tokio::test]
async fn credentials_that_are_not_good_are_refused_and_leave_nothing_behind() {
    let (stage, clock) = stage_of_alice_and_bob().await;
    stage
        .key(
            "may-not-connect",
            "carol",
            &["websocket:subscribe", "stats"],
        )
        .await;
    let disabled = ApiKey {
        enabled: false,
        ..record("carol", None)
    };
    stage.insert_key("disabled", disabled).await;
    stage
        .insert_key("expired", record("carol", Some(Duration::from_secs(60))))
        .await;
    pass(&clock, Duration::from_secs(60)).await;
    let jwt_in_query = format!("/?token={A_JWT}");
    let jwt_as_bearer = format!("Bearer {A_JWT}");

    let good = ("x-api-key", "alice-key");
    let cases: &[(&str, Headers, u16)] = &[
        ("/?apiKey=unknown", &[good], 401),
        ("/?api_key=unknown", &[good], 401),
        (&jwt_in_query, &[good], 401),
        ("/?token=alice-key", &[good], 401),
        (
            "/",
            &[
                ("x-api-key", "unknown"),
                ("authorization", "Bearer alice-key"),
            ],
            401,
        ),
        ("/", &[("authorization", "Bearer unknown")], 401),
        ("/", &[("authorization", &jwt_as_bearer)], 401),
        ("/", &[("x-api-key", "ALICE-KEY")], 401),
        ("/?apiKey=disabled", &[], 401),
        ("/?apiKey=expired", &[], 401),
        ("/?apiKey=may-not-connect", &[], 403),
    ];
    for &(path, headers, status) in cases {
        let refused = stage.connect(path, headers).await.err();
        let case = format!("{path} {headers:?}");
        assert_eq!(
            refused.map(|refused| refused.status),
            Some(status),
            "{case}"
        );
    }
    assert!(stage.documents().await.is_empty() && stage.members().await.is_empty());
}

#[tokio::test]
async fn where_a_credential_is_required_nobody_comes_in_without_one() {
    let policy = Policy {
        auth_mode: AuthMode::Required,
        ..Policy::default()
    };
    let options = LocalOptions {
        policy,
        ..LocalOptions::default()
    };
    let (stage, _clock) = Stage::frozen(options).await;

    for (path, status) in [("/", 401), ("/?apiKey=", 401), ("/?apiKey=unknown", 401)] {
        let refused = stage.connect(path, &[]).await.err();
        assert_eq!(
            refused.map(|refused| refused.status),
            Some(status),
            "{path}"
        );
    }
    stage.client().await.expect_silence().await;
}

#[tokio::test]
async fn only_the_contracts_subprotocol_is_echoed() {
    let (stage, _clock) = stage_of_alice_and_bob().await;
    let cases: &[(&[&str], Option<&str>)] = &[
        (&["llama.v1"], Some("llama.v1")),
        (&["graphql-ws, llama.v1"], Some("llama.v1")),
        (&["graphql-ws", "llama.v1"], Some("llama.v1")),
        (&["graphql-ws"], None),
        (&["llama.v10"], None),
        (&[], None),
    ];
    for &(offered, expected) in cases {
        let headers: Vec<_> = offered
            .iter()
            .map(|name| ("Sec-WebSocket-Protocol", *name))
            .collect();
        let head = Raw::open(stage.addr()).await.upgrade("/", &headers).await;
        let echoed: Vec<_> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"))
            .map(|(_, value)| value)
            .collect();
        assert_eq!(echoed.first().copied(), expected, "{offered:?}");
        assert!(echoed.len() <= 1, "{head}");
    }
}

#[tokio::test]
async fn channels_are_allowed_one_by_one() {
    let (stage, _clock) = stage_of_alice_and_bob().await;
    let some = [
        "websocket:connect",
        "websocket:subscribe:token:*",
        "websocket:subscribe:events:alerts",
        "websocket:subscribe:chain:*:prices",
    ];
    stage.key("some", "carol", &some).await;
    let mut client = stage.client_with_key("some").await;

    let wanted = [
        "token:Bitcoin",
        "prices",
        "events:alerts",
        "chain:BSC:prices",
        "chain:bsc:tvl",
    ];
    let reply = client
        .ask(&json!({"type": "subscribe", "channels": wanted}))
        .await;
    let results: Vec<_> = reply["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            (
                result["channel"].as_str(),
                result["status"].as_str(),
                result["error"]["code"].as_str(),
            )
        })
        .collect();
    let subscribed = |channel| (Some(channel), Some("subscribed"), None);
    let failed = |channel| (Some(channel), Some("failed"), Some("FORBIDDEN"));
    assert_eq!(
        results,
        [
            subscribed("token:Bitcoin"),
            failed("prices"),
            subscribed("events:alerts"),
            subscribed("chain:BSC:prices"),
            failed("chain:bsc:tvl"),
        ]
    );

    let reply = client
        .ask(&json!({"action": "subscribe", "channels": ["token:x", "general", "tvl"]}))
        .await;
    assert_eq!(reply["code"], "FORBIDDEN");
    assert_eq!(reply["details"], json!({"channels": ["general", "tvl"]}));
    let held = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(
        held["subscription"]["channels"],
        json!(["token:Bitcoin", "events:alerts", "chain:BSC:prices"])
    );

    stage
        .publish(&json!([
            {"eventId": "1", "type": "tvl_change", "data": {"chain": "bsc"}},
            {"eventId": "2", "type": "price_update", "data": {"chain": "bsc", "tokenId": "x"}},
        ]))
        .await;
    let event = client.next().await;
    assert_eq!(
        (&event["eventId"], &event["channel"]),
        (&json!("2"), &json!("chain:BSC:prices"))
    );
    assert_eq!(event["channels"], Value::Null);

    let reply = client.ask(&json!({"type": "stats"})).await;
    assert_eq!(reply["code"], "FORBIDDEN");
}

#[tokio::test]
async fn over_http_a_credential_is_a_header_and_never_part_of_the_url() {
    let (stage, _clock) = stage_of_alice_and_bob().await;
    let cases: &[(&str, Headers, u16)] = &[
        ("/subscriptions", &[("x-api-key", "alice-key")], 200),
        ("/subscriptions", &[("X-API-Key", "alice-key")], 200),
        (
            "/subscriptions",
            &[("authorization", "bearer alice-key")],
            200,
        ),
        ("/subscriptions", &[], 401),
        ("/subscriptions?apiKey=alice-key", &[], 401),
        ("/subscriptions", &[("x-api-key", "unknown")], 401),
        ("/subscriptions", &[("authorization", "Basic x")], 401),
        ("/health", &[], 200),
    ];
    for &(path, headers, status) in cases {
        let answer = get(stage.addr(), path, headers).await;
        assert_eq!(answer.status, status, "{path} {headers:?}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_ping_frame_is_no_way_round_the_authentication_deadline() {
    let (stage, clock) = stage_of_alice_and_bob().await;
    let mut stranger = Raw::open(stage.addr()).await;
    stranger.upgrade("/", &[]).await;

    for _ in 0..3 {
        pass(&clock, Duration::from_secs(10)).await;
        let ping = llama_ws_tests::masked(opcode::FINAL | opcode::PING, b"still here");
        stranger.try_send(&ping).await;
    }
    assert_eq!(stranger.close_code().await, 1000);
}
