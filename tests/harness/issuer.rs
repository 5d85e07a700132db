//! Whoever issues the tokens of a story: an Ed25519 key of its own, and what it publishes of it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use llama_ws_local::dev::{LocalOptions, LocalTokens};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

/// What stands before the 32 bytes of a public key in DER (RFC 8410).
const DER_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// An issuer of JWTs.
pub struct Issuer {
    key: Ed25519KeyPair,
}

impl Issuer {
    /// One with a new key.
    #[must_use]
    pub fn new() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a new key");
        let key = Ed25519KeyPair::from_pkcs8(key.as_ref()).expect("its own key");
        Self { key }
    }

    /// A token that says this. Its header names the key `k`.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "EdDSA", "kid": "k", "typ": "JWT"});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = self.key.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The public key, in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        let der = [&DER_PREFIX, self.key.public_key().as_ref()].concat();
        let der = STANDARD.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
    }

    /// The public key, as a JWKS.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x}]})
    }

    /// The options of a service that takes this issuer's tokens.
    #[must_use]
    pub fn options(&self) -> LocalOptions {
        with_tokens(vec![("JWT_PUBLIC_KEY", self.pem())])
    }
}

impl Default for Issuer {
    fn default() -> Self {
        Self::new()
    }
}

/// The options of a service that takes EdDSA's tokens by the key these variables name.
#[must_use]
pub fn with_tokens(mut variables: Vec<(&'static str, String)>) -> LocalOptions {
    variables.push(("JWT_ALGORITHM", "EdDSA".to_owned()));
    LocalOptions {
        tokens: LocalTokens::from_variables(variables).expect("the variables are good"),
        ..LocalOptions::default()
    }
}
