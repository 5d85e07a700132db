//! Tokens, good and forged, against keys that this test made.
#![cfg(test)]

mod algorithms;
mod claims;
mod conformance;
mod forged;
mod issuer;
mod jwks;
mod jwks_server;
mod mutated;
mod secrets;
mod times;

use std::time::Duration;

use llama_ws_core::ports::Tokens;
use llama_ws_core::{Principal, UnixMillis};
use llama_ws_tokens::{
    Algorithm, Expected, JwtTokens, KeyReference, PublicKey, SecretFile, Settings,
};
use serde_json::{Value, json};

use issuer::Issuer;

/// When every test takes place, in seconds.
const NOW: u64 = 1_764_000_000;

const LEEWAY: Duration = Duration::from_secs(30);

fn at(seconds: u64) -> UnixMillis {
    UnixMillis(seconds * 1_000)
}

/// What a good token says.
fn claims() -> Value {
    json!({"sub": "alice", "exp": NOW + 600})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn expected() -> Expected {
    Expected {
        leeway: LEEWAY,
        ..Expected::default()
    }
}

/// Judges by the issuer's own public key.
fn by_public_key(issuer: &Issuer, expected: Expected) -> JwtTokens<SecretFile> {
    let algorithm = issuer.algorithm();
    let key = PublicKey::from_pem(algorithm, &issuer.pem()).unwrap();
    let settings = Settings {
        algorithm,
        keys: KeyReference::PublicKey(key),
        expected,
    };
    JwtTokens::new(settings, None).unwrap()
}

/// Whose a token is at `now`; the keys are at hand.
async fn judged(tokens: &impl Tokens, token: &str, now: UnixMillis) -> Option<Principal> {
    tokens.verify(token, now).await.unwrap()
}

fn an_issuer() -> Issuer {
    Issuer::new(Algorithm::EdDsa)
}
