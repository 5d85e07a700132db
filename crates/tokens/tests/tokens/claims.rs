//! Whose a token is, for whom it is, and what it allows.

use super::*;

#[tokio::test]
async fn issuer_and_audience_are_checked_where_they_are_configured() {
    let issuer = an_issuer();
    let strict = Expected {
        issuer: Some("https://login.example".to_owned()),
        audience: Some("llama-ws".to_owned()),
        leeway: LEEWAY,
    };
    let tokens = by_public_key(&issuer, strict);
    let good = json!("https://login.example");
    let table = [
        (good.clone(), json!("llama-ws"), true),
        (good.clone(), json!(["llama-ws"]), true),
        (good.clone(), json!(["other", "llama-ws"]), true),
        (good.clone(), json!("other"), false),
        (good.clone(), json!(["other"]), false),
        (good.clone(), json!([]), false),
        (good.clone(), json!(["llama-ws", 1]), false),
        (good.clone(), json!({"llama-ws": true}), false),
        (good.clone(), json!("llama-ws2"), false),
        (good.clone(), json!("LLAMA-WS"), false),
        (good.clone(), Value::Null, false),
        (json!("https://login.example/"), json!("llama-ws"), false),
        (json!("https://evil.example"), json!("llama-ws"), false),
        (json!(["https://login.example"]), json!("llama-ws"), false),
        (json!(""), json!("llama-ws"), false),
        (Value::Null, json!("llama-ws"), false),
    ];
    for (iss, aud, expected) in table {
        let mut claims = claims();
        claims["iss"] = iss.clone();
        claims["aud"] = aud.clone();
        let judged = judged(&tokens, &issuer.token(&claims), at(NOW)).await;
        assert_eq!(judged.is_some(), expected, "{iss} {aud}");
    }
    for missing in [with("iss", good), with("aud", json!("llama-ws")), claims()] {
        let token = issuer.token(&missing);
        assert_eq!(judged(&tokens, &token, at(NOW)).await, None, "{missing}");
    }
}

#[tokio::test]
async fn who_issued_it_for_whom_does_not_matter_unless_it_is_configured() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, expected());

    for claims in [
        with("iss", json!("anybody")),
        with("aud", json!(["anybody"])),
        with("jti", json!(7)),
    ] {
        let token = issuer.token(&claims);
        assert!(judged(&tokens, &token, at(NOW)).await.is_some(), "{claims}");
    }
}

#[tokio::test]
async fn the_subject_is_a_user_of_1_to_256_bytes() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, expected());
    let table = [
        (json!("a"), true),
        (json!("a".repeat(255)), true),
        (json!("a".repeat(256)), true),
        (json!("a".repeat(257)), false),
        (json!("é".repeat(128)), true),
        (json!("é".repeat(129)), false),
        (json!("アリス 🦙"), true),
        (json!(""), false),
        (json!(7), false),
        (json!(["alice"]), false),
        (Value::Null, false),
    ];
    for (sub, good) in table {
        let token = issuer.token(&with("sub", sub.clone()));
        let principal = judged(&tokens, &token, at(NOW)).await;
        let user = principal.map(|one| json!(one.user_id.as_str()));
        assert_eq!(user, good.then(|| sub.clone()), "{sub}");
    }
    for claims in [
        format!(r#"{{"exp":{}}}"#, NOW + 600),
        format!(r#"{{"exp":{},"sub":"alice","sub":"bob"}}"#, NOW + 600),
        format!(r#"{{"exp":{},"sub":"\ud800"}}"#, NOW + 600),
    ] {
        let token = issuer.token_of(r#"{"alg":"EdDSA"}"#, &claims);
        assert_eq!(judged(&tokens, &token, at(NOW)).await, None, "{claims}");
    }
}

#[tokio::test]
async fn permissions_are_those_of_the_token_or_to_connect_and_subscribe() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, expected());
    let table = [
        (
            claims(),
            Some(vec!["websocket:connect", "websocket:subscribe"]),
        ),
        (with("permissions", json!([])), Some(vec![])),
        (
            with("permissions", json!(["websocket:connect", "stats"])),
            Some(vec!["websocket:connect", "stats"]),
        ),
        (with("permissions", Value::Null), None),
        (with("permissions", json!("*")), None),
        (with("permissions", json!(["*", 1])), None),
        (with("permissions", json!({"*": true})), None),
    ];
    for (claims, expected) in table {
        let principal = judged(&tokens, &issuer.token(&claims), at(NOW)).await;
        let names = principal.map(|one| one.permissions.names().to_vec());
        let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
        assert_eq!(names, expected, "{claims}");
    }
}
