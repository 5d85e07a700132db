//! Tokens that look like one of ours.

use super::*;
use crate::issuer::{encoded, hmac_sha256};

/// Header and claims of `token` under another signature.
fn resigned(header: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = format!(
        "{}.{}",
        encoded(header.to_string()),
        encoded(claims().to_string())
    );
    let signature = sign(message.as_bytes());
    format!("{message}.{}", encoded(signature))
}

#[tokio::test]
async fn nothing_unsigned_gets_through() {
    let issuer = Issuer::new(Algorithm::Rs256);
    let tokens = by_public_key(&issuer, expected());
    let good = issuer.token(&claims());
    let signature = good.rsplit('.').next().unwrap();
    assert!(judged(&tokens, &good, at(NOW)).await.is_some());

    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = resigned(&json!({"alg": alg}), |_| Vec::new());
        let with_a_real_one = format!("{unsigned}{signature}");
        let signed = issuer.token_with(&json!({"alg": alg}), &claims());
        for token in [unsigned, with_a_real_one, signed] {
            assert_eq!(judged(&tokens, &token, at(NOW)).await, None, "{alg}");
        }
    }
}

#[tokio::test]
async fn a_public_key_is_never_taken_for_a_shared_secret() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let issuer = Issuer::new(algorithm);
        let tokens = by_public_key(&issuer, expected());
        let pem = issuer.pem();
        let jwk = issuer.jwk("k").to_string();
        for public in [pem.as_bytes(), pem.trim().as_bytes(), jwk.as_bytes()] {
            for alg in ["HS256", issuer.alg()] {
                let forged = resigned(&json!({"alg": alg}), |m| hmac_sha256(public, m));
                assert_eq!(judged(&tokens, &forged, at(NOW)).await, None, "{alg}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_a_token_brings_along_is_not_used() {
    let issuer = Issuer::new(Algorithm::Rs256);
    let tokens = by_public_key(&issuer, expected());
    let stranger = issuer.other();
    let mut jwk = stranger.jwk("mine");
    jwk["alg"] = json!("RS256");

    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("x5u", json!("http://127.0.0.1:1/cert")),
        ("x5c", json!(["AAAA"])),
        ("kid", json!("../../dev/null")),
    ] {
        let mut header = json!({"alg": "RS256"});
        header[name] = value;
        let forged = stranger.token_with(&header, &claims());
        assert_eq!(judged(&tokens, &forged, at(NOW)).await, None, "{name}");
    }
}

#[tokio::test]
async fn a_token_in_another_form_is_none() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, expected());
    let good = issuer.token(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    let said = claims().to_string();
    let alg = r#""alg":"EdDSA""#;

    let table = [
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("two parts", format!("{header}.{payload}")),
        ("no signature", format!("{header}.{payload}.")),
        ("four parts", format!("{good}.{signature}")),
        ("five parts", format!("{good}.{header}.{signature}")),
        ("no header", format!(".{payload}.{signature}")),
        ("truncated", good.split_at(good.len() - 1).0.to_owned()),
        ("longer", format!("{good}A")),
        ("padded", format!("{good}==")),
        ("space before", format!(" {good}")),
        ("line after", format!("{good}\n")),
        ("not ASCII", format!("{header}.{payload}.é")),
        ("header is no object", issuer.token_of("[]", &said)),
        ("header is no JSON", issuer.token_of("x", &said)),
        ("no alg", issuer.token_of("{}", &said)),
        ("alg is no text", issuer.token_of(r#"{"alg":1}"#, &said)),
        (
            "alg in another case",
            issuer.token_of(r#"{"alg":"EDDSA"}"#, &said),
        ),
        (
            "alg twice",
            issuer.token_of(&format!(r#"{{{alg},"alg":"none"}}"#), &said),
        ),
        (
            "alg twice alike",
            issuer.token_of(&format!("{{{alg},{alg}}}"), &said),
        ),
        (
            "kid twice",
            issuer.token_of(&format!(r#"{{{alg},"kid":"a","kid":"b"}}"#), &said),
        ),
        (
            "kid is no text",
            issuer.token_of(&format!(r#"{{{alg},"kid":1}}"#), &said),
        ),
        (
            "crit",
            issuer.token_of(&format!(r#"{{{alg},"crit":["exp"]}}"#), &said),
        ),
        (
            "crit of nothing",
            issuer.token_of(&format!(r#"{{{alg},"crit":[]}}"#), &said),
        ),
        (
            "claims are no object",
            issuer.token_of(&format!("{{{alg}}}"), "[]"),
        ),
        (
            "claims are no JSON",
            issuer.token_of(&format!("{{{alg}}}"), "x"),
        ),
        (
            "something after the claims",
            issuer.token_of(&format!("{{{alg}}}"), &format!("{said}x")),
        ),
    ];
    for (case, token) in table {
        assert_eq!(judged(&tokens, &token, at(NOW)).await, None, "{case}");
    }
}

#[tokio::test]
async fn a_token_has_at_most_8192_bytes() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, expected());
    let of_length = |length: usize| {
        (5_900..6_100)
            .map(|padding| issuer.token(&with("x", json!("x".repeat(padding)))))
            .find(|token| token.len() == length)
    };
    // Lengths of base64 leave some out: header and claims are padded apart.
    let lengths = [8_190, 8_191, 8_192, 8_193, 8_194, 8_195];
    let mut found = 0;
    for length in lengths {
        let Some(token) = of_length(length) else {
            continue;
        };
        found += 1;
        let good = judged(&tokens, &token, at(NOW)).await.is_some();
        assert_eq!(good, length <= 8_192, "{length}");
    }
    assert!(found >= 4, "{found}");
    let huge = format!("{}.{}", "A".repeat(1_000_000), issuer.token(&claims()));
    assert_eq!(judged(&tokens, &huge, at(NOW)).await, None);
}
