//! An issuer with a key of its own, which signs whatever it is told to.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use llama_ws_tokens::Algorithm;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::{Value, json};

/// What stands before a P-256 point in a public key's DER (RFC 5480).
const P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The same for Ed25519 (RFC 8410).
const ED25519_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Whoever issues tokens.
pub(crate) enum Issuer {
    Hs256(Vec<u8>),
    Rs256(Box<RsaKeyPair>, String),
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Issuer {
    /// One with a new key; RSA keys are made once a process, because they take their time.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let random = SystemRandom::new();
        match algorithm {
            Algorithm::Hs256 => {
                let mut secret = vec![0; 32];
                random.fill(&mut secret).unwrap();
                Self::Hs256(secret)
            }
            Algorithm::Rs256 => {
                static KEY: OnceLock<(Vec<u8>, String)> = OnceLock::new();
                Self::of_rsa(KEY.get_or_init(|| rsa_key(2_048)))
            }
            Algorithm::Es256 => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
                Self::Es256(EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap())
            }
            Algorithm::EdDsa => {
                let key = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                Self::EdDsa(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap())
            }
        }
    }

    /// Another of the same algorithm.
    pub(crate) fn other(&self) -> Self {
        static OTHER: OnceLock<(Vec<u8>, String)> = OnceLock::new();
        match self {
            Self::Rs256(..) => Self::of_rsa(OTHER.get_or_init(|| rsa_key(2_048))),
            _ => Self::new(self.algorithm()),
        }
    }

    fn of_rsa((private, public): &(Vec<u8>, String)) -> Self {
        let key = RsaKeyPair::from_pkcs8(private).unwrap();
        Self::Rs256(Box::new(key), public.clone())
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hs256(_) => Algorithm::Hs256,
            Self::Rs256(..) => Algorithm::Rs256,
            Self::Es256(_) => Algorithm::Es256,
            Self::EdDsa(_) => Algorithm::EdDsa,
        }
    }

    pub(crate) fn alg(&self) -> &'static str {
        let mut names = Algorithm::NAMES.into_iter();
        let found = names.find(|(_, algorithm)| *algorithm == self.algorithm());
        found.unwrap().0
    }

    /// A token with these claims.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({"alg": self.alg(), "typ": "JWT"}), claims)
    }

    /// A token with this header, right or wrong, under a good signature.
    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        self.token_of(&header.to_string(), &claims.to_string())
    }

    /// The same of texts that need not be JSON.
    pub(crate) fn token_of(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = self.sign(message.as_bytes());
        format!("{message}.{}", encoded(signature))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Hs256(secret) => hmac_sha256(secret, message),
            Self::Rs256(key, _) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::Es256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::EdDsa(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// The public key in PEM; of HS256, which has none, the secret.
    pub(crate) fn pem(&self) -> String {
        match self {
            Self::Hs256(secret) => String::from_utf8_lossy(secret).into_owned(),
            Self::Rs256(_, public) => public.clone(),
            Self::Es256(key) => pem(&P256_PREFIX, key.public_key().as_ref()),
            Self::EdDsa(key) => pem(&ED25519_PREFIX, key.public_key().as_ref()),
        }
    }

    /// The public key as a JWKS lists it.
    pub(crate) fn jwk(&self, id: &str) -> Value {
        let mut jwk = match self {
            Self::Hs256(secret) => json!({"kty": "oct", "k": encoded(secret)}),
            Self::Rs256(key, _) => {
                let public: PublicKeyComponents<Vec<u8>> = key.public().into();
                json!({"kty": "RSA", "n": encoded(public.n), "e": encoded(public.e)})
            }
            Self::Es256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y)})
            }
            Self::EdDsa(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(key.public_key())})
            }
        };
        jwk["kid"] = json!(id);
        jwk
    }

    /// A token whose header names the key.
    pub(crate) fn token_by(&self, id: &str, claims: &Value) -> String {
        self.token_with(&json!({"alg": self.alg(), "kid": id}), claims)
    }
}

/// As JWTs write bytes.
pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::sign(&key, message).as_ref().to_vec()
}

/// A new RSA key: private in PKCS #8's DER, public in PEM.
pub(crate) fn rsa_key(bits: usize) -> (Vec<u8>, String) {
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap();
    let public = key.to_public_key().to_public_key_pem(LineEnding::LF);
    let private = key.to_pkcs8_der().unwrap();
    (private.as_bytes().to_vec(), public.unwrap())
}

fn pem(prefix: &[u8], key: &[u8]) -> String {
    let der = STANDARD.encode([prefix, key].concat());
    let (first, rest) = der.split_at(der.len().min(64));
    let lines = [first, rest].join("\n");
    let lines = lines.trim_end();
    format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n")
}
