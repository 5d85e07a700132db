//! Keys from a host: kept, renewed, withdrawn, and bounded in every way.

use super::*;
use crate::jwks_server::{Answer, JwksServer};

fn by_jwks(algorithm: Algorithm, server: &JwksServer) -> JwtTokens<SecretFile> {
    let settings = Settings {
        algorithm,
        keys: KeyReference::Jwks(server.url()),
        expected: expected(),
    };
    JwtTokens::new(settings, None).unwrap()
}

/// A token of `issuer` that is good in `seconds` from now.
fn later(issuer: &Issuer, key: &str, seconds: u64) -> String {
    issuer.token_by(key, &json!({"sub": "alice", "exp": NOW + seconds + 60}))
}

/// Whether it is good, by keys that need not be at hand.
async fn verdict(tokens: &impl Tokens, token: &str, seconds: u64) -> Result<bool, ()> {
    let verified = tokens.verify(token, at(NOW + seconds)).await;
    verified.map(|found| found.is_some()).map_err(drop)
}

#[tokio::test]
async fn keys_of_every_kind_are_found_by_their_name() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let (one, two) = (Issuer::new(algorithm), Issuer::new(algorithm).other());
        let keys = [one.jwk("one"), two.jwk("two")];
        let server = JwksServer::start(Answer::keys(&keys)).await;
        let tokens = by_jwks(algorithm, &server);

        assert_eq!(verdict(&tokens, &later(&one, "one", 0), 0).await, Ok(true));
        assert_eq!(verdict(&tokens, &later(&two, "two", 0), 0).await, Ok(true));
        assert_eq!(verdict(&tokens, &later(&two, "one", 0), 0).await, Ok(false));
        assert_eq!(server.asked(), 1);
        // Which of two it is must be said.
        assert_eq!(verdict(&tokens, &one.token(&claims()), 0).await, Ok(false));
    }
}

#[tokio::test]
async fn the_only_key_needs_no_name() {
    let issuer = an_issuer();
    let mut nameless = issuer.jwk("");
    nameless.as_object_mut().unwrap().remove("kid");
    for key in [nameless, issuer.jwk("k")] {
        let server = JwksServer::start(Answer::keys(&[key])).await;
        let tokens = by_jwks(Algorithm::EdDsa, &server);
        assert_eq!(
            verdict(&tokens, &issuer.token(&claims()), 0).await,
            Ok(true)
        );
    }
}

#[tokio::test]
async fn keys_that_are_there_for_something_else_are_not_used() {
    let issuer = Issuer::new(Algorithm::Es256);
    let token = issuer.token_by("k", &claims());
    let table = [
        (None, true),
        (Some(("use", json!("sig"))), true),
        (Some(("use", json!("enc"))), false),
        (Some(("use", json!("other"))), false),
        (Some(("key_ops", json!(["verify"]))), true),
        (Some(("key_ops", json!(["sign", "verify"]))), true),
        (Some(("key_ops", json!(["encrypt"]))), false),
        (Some(("key_ops", json!([]))), false),
        (Some(("alg", json!("ES256"))), true),
        (Some(("alg", json!("ES384"))), false),
        (Some(("alg", json!("ECDH-ES"))), false),
        (Some(("crv", json!("P-384"))), false),
        (Some(("crv", json!("secp256k1"))), false),
        (Some(("kty", json!("OKP"))), false),
        (Some(("kty", json!("RSA"))), false),
        (Some(("kty", json!("oct"))), false),
        (Some(("x", json!("!"))), false),
        (Some(("x", json!(""))), false),
        (Some(("kid", json!(7))), false),
        (Some(("x5c", json!(["AAAA"]))), true),
    ];
    for (change, good) in table {
        let mut key = issuer.jwk("k");
        if let Some((name, value)) = &change {
            key[name] = value.clone();
        }
        // One that cannot be used does not spoil its neighbour.
        let neighbour = issuer.other();
        let keys = [json!("no key"), key, neighbour.jwk("n")];
        let server = JwksServer::start(Answer::keys(&keys)).await;
        let tokens = by_jwks(Algorithm::Es256, &server);
        assert_eq!(verdict(&tokens, &token, 0).await, Ok(good), "{change:?}");
        let neighbours = neighbour.token_by("n", &claims());
        assert_eq!(
            verdict(&tokens, &neighbours, 0).await,
            Ok(true),
            "{change:?}"
        );
    }
}

#[tokio::test]
async fn a_secret_in_a_jwks_is_no_key() {
    let secret = Issuer::new(Algorithm::Hs256);
    let server = JwksServer::start(Answer::keys(&[secret.jwk("k")])).await;
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let tokens = by_jwks(algorithm, &server);
        let mut names = Algorithm::NAMES.into_iter();
        let alg = names.find(|(_, named)| *named == algorithm).unwrap().0;
        let lying = secret.token_with(&json!({"alg": alg, "kid": "k"}), &claims());
        assert_eq!(verdict(&tokens, &lying, 0).await, Ok(false));
        let honest = secret.token_by("k", &claims());
        assert_eq!(verdict(&tokens, &honest, 0).await, Ok(false));
    }
}

#[tokio::test]
async fn keys_are_kept_for_10_minutes_and_a_withdrawn_one_as_long() {
    let (old, new) = (an_issuer(), an_issuer());
    let server = JwksServer::start(Answer::keys(&[old.jwk("old")])).await;
    let tokens = by_jwks(Algorithm::EdDsa, &server);
    assert_eq!(verdict(&tokens, &later(&old, "old", 0), 0).await, Ok(true));

    server.answer(Answer::keys(&[new.jwk("new")]));
    for seconds in [1, 300, 599] {
        let token = later(&old, "old", seconds);
        assert_eq!(verdict(&tokens, &token, seconds).await, Ok(true));
    }
    assert_eq!(server.asked(), 1);
    assert_eq!(
        verdict(&tokens, &later(&old, "old", 600), 600).await,
        Ok(false)
    );
    assert_eq!(
        verdict(&tokens, &later(&new, "new", 600), 600).await,
        Ok(true)
    );
    assert_eq!(server.asked(), 2);

    // An issuer may withdraw all.
    server.answer(Answer::keys(&[]));
    assert_eq!(
        verdict(&tokens, &later(&new, "new", 1_200), 1_200).await,
        Ok(false)
    );
}

#[tokio::test]
async fn an_unknown_name_brings_the_new_keys_at_once() {
    let (old, new) = (an_issuer(), an_issuer());
    let server = JwksServer::start(Answer::keys(&[old.jwk("old")])).await;
    let tokens = by_jwks(Algorithm::EdDsa, &server);
    assert_eq!(verdict(&tokens, &later(&old, "old", 0), 0).await, Ok(true));

    server.answer(Answer::keys(&[old.jwk("old"), new.jwk("new")]));
    assert_eq!(
        verdict(&tokens, &later(&new, "new", 60), 60).await,
        Ok(true)
    );
    assert_eq!(
        verdict(&tokens, &later(&old, "old", 60), 60).await,
        Ok(true)
    );
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_flood_of_unknown_names_asks_once_a_minute() {
    let issuer = an_issuer();
    let server = JwksServer::start(Answer::keys(&[issuer.jwk("k")])).await;
    let tokens = by_jwks(Algorithm::EdDsa, &server);
    assert_eq!(verdict(&tokens, &later(&issuer, "k", 0), 0).await, Ok(true));

    for number in 0..500 {
        let forged = later(&issuer, &format!("k{number}"), 59);
        assert_eq!(verdict(&tokens, &forged, number % 60).await, Ok(false));
    }
    assert_eq!(server.asked(), 1);
    for number in 0..500 {
        let forged = later(&issuer, &format!("k{number}"), 119);
        assert_eq!(verdict(&tokens, &forged, 60 + number % 60).await, Ok(false));
    }
    assert_eq!(server.asked(), 2);
    // Nor does anything else that is forged ask at all.
    let stranger = an_issuer();
    for seconds in [130, 200, 400] {
        let forged = later(&stranger, "k", seconds);
        assert_eq!(verdict(&tokens, &forged, seconds).await, Ok(false));
    }
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let issuer = an_issuer();
    let server = JwksServer::start(Answer::keys(&[issuer.jwk("k")])).await;
    let tokens = std::sync::Arc::new(by_jwks(Algorithm::EdDsa, &server));
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let (tokens, token) = (std::sync::Arc::clone(&tokens), later(&issuer, "k", 0));
            tokio::spawn(async move { verdict(tokens.as_ref(), &token, 0).await })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await.unwrap(), Ok(true));
    }
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn keys_outlive_their_host_by_a_day() {
    let issuer = an_issuer();
    let server = JwksServer::start(Answer::keys(&[issuer.jwk("k")])).await;
    let tokens = by_jwks(Algorithm::EdDsa, &server);
    assert_eq!(verdict(&tokens, &later(&issuer, "k", 0), 0).await, Ok(true));

    server.answer(Answer::HangUp);
    let day = 24 * 60 * 60;
    for seconds in [600, 601, 659, 3_600, day - 1] {
        let token = later(&issuer, "k", seconds);
        assert_eq!(
            verdict(&tokens, &token, seconds).await,
            Ok(true),
            "{seconds}"
        );
    }
    // Asked again each minute at most: at 600, 3,600 and the day's last second.
    assert_eq!(server.asked(), 4);
    // Whether there is such a key by now, nobody can tell; a key that is known is.
    assert_eq!(
        verdict(&tokens, &later(&issuer, "new", day), day - 1).await,
        Err(())
    );
    let forged = later(&an_issuer(), "k", day);
    assert_eq!(verdict(&tokens, &forged, day - 1).await, Ok(false));

    let token = later(&issuer, "k", day + 100);
    assert_eq!(verdict(&tokens, &token, day).await, Err(()));
    server.answer(Answer::keys(&[issuer.jwk("k")]));
    assert_eq!(verdict(&tokens, &token, day + 5).await, Ok(true));
}

#[tokio::test]
async fn without_any_keys_nobody_can_tell_and_the_host_is_asked_every_5_seconds() {
    let issuer = an_issuer();
    let server = JwksServer::start(Answer::Status("503 Service Unavailable")).await;
    let tokens = by_jwks(Algorithm::EdDsa, &server);
    let token = later(&issuer, "k", 60);

    for seconds in [0, 0, 1, 4] {
        assert_eq!(verdict(&tokens, &token, seconds).await, Err(()));
    }
    assert_eq!(server.asked(), 1);
    assert_eq!(verdict(&tokens, &token, 5).await, Err(()));
    assert_eq!(server.asked(), 2);
    // What is no token of ours is told without any key.
    assert_eq!(verdict(&tokens, "a.b.c", 5).await, Ok(false));

    server.answer(Answer::keys(&[issuer.jwk("k")]));
    assert_eq!(verdict(&tokens, &token, 9).await, Err(()));
    assert_eq!(verdict(&tokens, &token, 10).await, Ok(true));
}

/// A set whose text has this many bytes.
fn of_size(issuer: &Issuer, bytes: usize) -> Answer {
    let mut set = json!({"keys": [issuer.jwk("k")], "padding": ""});
    let padding = bytes - set.to_string().len();
    set["padding"] = json!("x".repeat(padding));
    assert_eq!(set.to_string().len(), bytes);
    Answer::Body(set.to_string())
}

fn of_keys(issuer: &Issuer, count: usize) -> Answer {
    let others = (1..count).map(|number| issuer.jwk(&format!("other-{number}")));
    let keys: Vec<Value> = others.chain([issuer.jwk("k")]).collect();
    Answer::keys(&keys)
}

#[tokio::test]
async fn what_is_no_key_set_within_the_bounds_is_none() {
    let issuer = an_issuer();
    let elsewhere = JwksServer::start(Answer::keys(&[issuer.jwk("k")])).await;
    let redirection: &'static str = format!("302 Found\r\nlocation: {}", elsewhere.url()).leak();
    let good = Answer::keys(&[issuer.jwk("k")]);
    let Answer::Body(text) = &good else {
        unreachable!()
    };
    let table = [
        ("good", good.clone(), true),
        ("99 keys", of_keys(&issuer, 99), true),
        ("100 keys", of_keys(&issuer, 100), true),
        ("101 keys", of_keys(&issuer, 101), false),
        ("256 KB", of_size(&issuer, 256 * 1_024), true),
        ("a byte more", of_size(&issuer, 256 * 1_024 + 1), false),
        ("257 KB", of_size(&issuer, 257 * 1_024), false),
        ("nothing", Answer::Body(String::new()), false),
        ("garbage", Answer::Body("<html>".to_owned()), false),
        (
            "half",
            Answer::Body(text.strip_suffix("]}").unwrap().to_owned()),
            false,
        ),
        (
            "a bare key",
            Answer::Body(issuer.jwk("k").to_string()),
            false,
        ),
        (
            "an array",
            Answer::Body(json!([issuer.jwk("k")]).to_string()),
            false,
        ),
        ("no array", Answer::Body(r#"{"keys":{}}"#.to_owned()), false),
        (
            "twice",
            Answer::Body(format!(
                r#"{{"keys":[],{}"#,
                text.strip_prefix('{').unwrap()
            )),
            false,
        ),
        ("404", Answer::Status("404 Not Found"), false),
        ("500", Answer::Status("500 Internal Server Error"), false),
        ("204", Answer::Status("204 No Content"), false),
        ("a redirection", Answer::Status(redirection), false),
        ("hung up", Answer::HangUp, false),
        ("silence", Answer::Silence, false),
    ];
    for (case, answer, good) in table {
        let server = JwksServer::start(answer).await;
        let tokens = by_jwks(Algorithm::EdDsa, &server);
        let expected = if good { Ok(true) } else { Err(()) };
        let token = later(&issuer, "k", 0);
        assert_eq!(verdict(&tokens, &token, 0).await, expected, "{case}");
        assert_eq!(server.asked(), 1, "{case}");
    }
    assert_eq!(elsewhere.asked(), 0);
}

#[tokio::test]
async fn a_set_that_is_none_does_not_replace_the_one_before() {
    let issuer = an_issuer();
    let server = JwksServer::start(Answer::keys(&[issuer.jwk("k")])).await;
    let tokens = by_jwks(Algorithm::EdDsa, &server);
    assert_eq!(verdict(&tokens, &later(&issuer, "k", 0), 0).await, Ok(true));

    server.answer(of_keys(&issuer, 101));
    assert_eq!(
        verdict(&tokens, &later(&issuer, "k", 600), 600).await,
        Ok(true)
    );
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_host_that_is_not_there_is_unavailable() {
    let server = JwksServer::start(Answer::HangUp).await;
    let tokens = by_jwks(Algorithm::EdDsa, &server);
    drop(server);
    assert_eq!(
        verdict(&tokens, &later(&an_issuer(), "k", 0), 0).await,
        Err(())
    );
}
