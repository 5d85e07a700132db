//! The algorithms that may be configured. There is no `none`.

use std::str::FromStr;

use jsonwebtoken::jwk::KeyAlgorithm;

/// How tokens are signed. One is pinned; a token that names another is refused (RFC 8725, 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256: whoever can check a token can issue one.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, keys of 2,048 to 8,192 bits.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm, as `alg` writes it.
    pub const NAMES: [(&str, Self); 4] = [
        ("HS256", Self::Hs256),
        ("RS256", Self::Rs256),
        ("ES256", Self::Es256),
        ("EdDSA", Self::EdDsa),
    ];

    pub(crate) fn in_headers(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }

    pub(crate) fn in_keys(self) -> KeyAlgorithm {
        self.in_headers().into()
    }
}

/// The name is none of [`Algorithm::NAMES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be HS256, RS256, ES256 or EdDSA")]
pub struct UnknownAlgorithm;

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let known = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        known
            .map(|(_, algorithm)| algorithm)
            .ok_or(UnknownAlgorithm)
    }
}
