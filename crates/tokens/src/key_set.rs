//! The keys that may have signed a token. Every one fits the pinned algorithm: others never get in.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm as HeaderAlgorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::algorithm::Algorithm;
use crate::claims::Claims;

/// RFC 7518, 3.2: a key at least as long as the hash.
pub(crate) const MIN_SECRET_BYTES: usize = 32;

/// Most keys of a JWKS: each may have to be tried, and providers publish a handful.
pub(crate) const MAX_KEYS: usize = 100;

/// Smallest RSA key in PKCS #1's form, in bytes: 2,048 bits of modulus and what stands around them.
const MIN_RSA_BYTES: usize = 256;

/// Why there is no set of keys. Never says anything about a key's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyFault {
    #[error("the secret has less than {MIN_SECRET_BYTES} bytes")]
    ShortSecret,
    #[error("the key set is not a JWKS")]
    NotJwks,
    #[error("the key set has more than {MAX_KEYS} keys")]
    TooManyKeys,
}

/// A configured public key that is none, or not one of the algorithm's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a public key in PEM that fits the algorithm (RSA: at least 2,048 bits)")]
pub struct InvalidPublicKey;

/// A public key from the configuration.
#[derive(Debug, Clone)]
pub struct PublicKey(DecodingKey);

impl PublicKey {
    /// Reads `-----BEGIN PUBLIC KEY-----`; the two characters `\n` may stand for a new line, since
    /// few places where variables are set take real ones.
    ///
    /// # Errors
    /// [`InvalidPublicKey`].
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, InvalidPublicKey> {
        let pem = pem.replace("\\n", "\n");
        let pem = pem.trim();
        if !pem.starts_with("-----BEGIN PUBLIC KEY-----") {
            return Err(InvalidPublicKey);
        }
        let key = match algorithm {
            Algorithm::Hs256 => return Err(InvalidPublicKey),
            Algorithm::Rs256 => DecodingKey::from_rsa_pem(pem.as_bytes()),
            Algorithm::Es256 => DecodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::EdDsa => DecodingKey::from_ed_pem(pem.as_bytes()),
        };
        let key = key.map_err(|_| InvalidPublicKey)?;
        let bytes = key.try_get_as_bytes().map_err(|_| InvalidPublicKey)?;
        let fits = match algorithm {
            Algorithm::Hs256 => false,
            Algorithm::Rs256 => bytes.len() > MIN_RSA_BYTES,
            // An uncompressed point (SEC 1, 2.3.3).
            Algorithm::Es256 => bytes.len() == 65 && bytes.first() == Some(&4),
            Algorithm::EdDsa => bytes.len() == 32,
        };
        if fits {
            Ok(Self(key))
        } else {
            Err(InvalidPublicKey)
        }
    }
}

/// The keys in force.
#[derive(Debug)]
pub(crate) struct KeySet {
    algorithm: Algorithm,
    keys: Vec<Key>,
}

#[derive(Debug)]
struct Key {
    /// What tokens call it; none for a key that is the only one.
    id: Option<String>,
    key: DecodingKey,
}

/// A JWKS, its keys not yet read: one that we do not understand must not spoil the others.
#[derive(Deserialize)]
struct Jwks<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

/// What the keys say about a token.
pub(crate) enum Judgement {
    /// Signed by one of them.
    Good(Claims),
    /// Forged or malformed: no other key could help.
    Bad,
    /// Perhaps signed by a key that is not here.
    Unknown,
}

impl KeySet {
    /// The one shared secret.
    pub(crate) fn of_secret(secret: &[u8]) -> Result<Self, KeyFault> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyFault::ShortSecret);
        }
        let key = DecodingKey::from_secret(secret);
        Ok(Self {
            algorithm: Algorithm::Hs256,
            keys: vec![Key { id: None, key }],
        })
    }

    /// The one public key.
    pub(crate) fn of_public_key(algorithm: Algorithm, key: &PublicKey) -> Self {
        let key = key.0.clone();
        Self {
            algorithm,
            keys: vec![Key { id: None, key }],
        }
    }

    /// The keys of a JWKS (RFC 7517, 5) that may sign with the algorithm. There may be none.
    pub(crate) fn of_jwks(algorithm: Algorithm, jwks: &[u8]) -> Result<Self, KeyFault> {
        let jwks: Jwks<'_> = serde_json::from_slice(jwks).map_err(|_| KeyFault::NotJwks)?;
        if jwks.keys.len() > MAX_KEYS {
            return Err(KeyFault::TooManyKeys);
        }
        let keys = jwks.keys.into_iter().filter_map(|key| {
            let jwk: Jwk = serde_json::from_str(key.get()).ok()?;
            let key = usable(algorithm, &jwk).then(|| DecodingKey::from_jwk(&jwk).ok())??;
            Some(Key {
                id: jwk.common.key_id,
                key,
            })
        });
        Ok(Self {
            algorithm,
            keys: keys.collect(),
        })
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Who signed `token`, whose header names the key `id`.
    pub(crate) fn judge(&self, token: &str, id: Option<&str>) -> Judgement {
        let validation = signature_only(self.algorithm.in_headers());
        let mut names_one = false;
        for key in self.candidates(id) {
            names_one |= key.id.is_some();
            match jsonwebtoken::decode::<Claims>(token, &key.key, &validation) {
                Ok(token) => return Judgement::Good(token.claims),
                Err(error) if is_bad_signature(&error) => {}
                Err(_) => return Judgement::Bad,
            }
        }
        if names_one && id.is_some() {
            return Judgement::Bad;
        }
        Judgement::Unknown
    }

    /// The keys of that name. A token that names none may only be the only key's; a key that has
    /// no name is the only one.
    fn candidates<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = &'a Key> {
        let only = self.keys.len() == 1;
        self.keys.iter().filter(move |key| match (&key.id, id) {
            (Some(key), Some(token)) => key == token,
            _ => only,
        })
    }
}

/// Time, issuer and audience are judged by [`Claims`], at a time that is handed in.
fn signature_only(algorithm: HeaderAlgorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

fn is_bad_signature(error: &jsonwebtoken::errors::Error) -> bool {
    matches!(
        error.kind(),
        jsonwebtoken::errors::ErrorKind::InvalidSignature
    )
}

/// Whether a key is there to check signatures of this algorithm (RFC 7517, 4.2 to 4.4), and of its
/// kind: that is what keeps a public key from being taken for a shared secret.
fn usable(algorithm: Algorithm, jwk: &Jwk) -> bool {
    let common = &jwk.common;
    let of_kind = match (&jwk.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::Rs256) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::Es256) => {
            key.curve == EllipticCurve::P256
        }
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDsa) => {
            key.curve == EllipticCurve::Ed25519
        }
        _ => false,
    };
    let may_verify = common
        .key_operations
        .as_ref()
        .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    of_kind
        && may_verify
        && matches!(common.public_key_use, None | Some(PublicKeyUse::Signature))
        && common
            .key_algorithm
            .is_none_or(|named| named == algorithm.in_keys())
}
