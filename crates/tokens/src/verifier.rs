//! The port: a token in, its principal out.

use std::sync::Arc;

use llama_ws_core::ports::{Tokens, Unavailable};
use llama_ws_core::{Principal, UnixMillis};

use crate::algorithm::Algorithm;
use crate::cache::{KeyCache, KeySource};
use crate::claims::Expected;
use crate::jwks::Jwks;
use crate::key_set::{Judgement, KeySet};
use crate::secret::SecretSource;
use crate::settings::{KeyReference, Settings};
use crate::signature::use_ring;

/// Longest token that is looked at, in bytes. API Gateway takes 10 KB of headers and query.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Tokens of one issuer, by one algorithm.
#[derive(Debug)]
pub struct JwtTokens<S> {
    algorithm: Algorithm,
    keys: Keys<S>,
    expected: Expected,
}

/// Why tokens cannot be verified at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A JWKS over HTTPS needs them.
    #[error("this machine's root certificates cannot be read")]
    Roots(#[from] std::io::Error),
    /// The settings name a secret, and no place for it was given.
    #[error("there is no place to fetch the tokens' secret from")]
    NoSource,
}

#[derive(Debug)]
enum Keys<S> {
    Fixed(Arc<KeySet>),
    Jwks(Box<KeyCache<Jwks>>),
    Secret(KeyCache<Secret<S>>),
}

#[derive(Debug)]
struct Secret<S>(S);

impl<S: SecretSource> KeySource for Secret<S> {
    async fn load(&self) -> Result<KeySet, Unavailable> {
        let secret = self.0.fetch().await?;
        KeySet::of_secret(&secret).map_err(|fault| Unavailable {
            store: "secret",
            reason: fault.to_string(),
        })
    }
}

impl<S: SecretSource> JwtTokens<S> {
    /// Fetches nothing yet. `source` is the place that [`Settings::secret`] names.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn new(settings: Settings, source: Option<S>) -> Result<Self, StartError> {
        use_ring();
        let algorithm = settings.algorithm;
        let keys = match settings.keys {
            KeyReference::PublicKey(key) => {
                Keys::Fixed(Arc::new(KeySet::of_public_key(algorithm, &key)))
            }
            KeyReference::Jwks(url) => {
                Keys::Jwks(Box::new(KeyCache::new(Jwks::new(algorithm, url)?)))
            }
            KeyReference::Secret(_) => {
                let source = source.ok_or(StartError::NoSource)?;
                Keys::Secret(KeyCache::new(Secret(source)))
            }
        };
        Ok(Self {
            algorithm,
            keys,
            expected: settings.expected,
        })
    }

    /// The key that the header names, if the header is one that we understand and allow. What it
    /// says about where keys are (`jku`, `jwk`, `x5u`, `x5c`) is not used.
    fn named_key(&self, token: &str) -> Option<Option<String>> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let is_ours = header.alg == self.algorithm.in_headers() && header.crit.is_none();
        is_ours.then_some(header.kid)
    }

    async fn keys(&self, now: UnixMillis) -> Result<Arc<KeySet>, Unavailable> {
        match &self.keys {
            Keys::Fixed(keys) => Ok(Arc::clone(keys)),
            Keys::Jwks(cache) => cache.keys(now).await,
            Keys::Secret(cache) => cache.keys(now).await,
        }
    }

    /// Other keys than `known`, if there are any to be had.
    async fn newer(
        &self,
        known: &Arc<KeySet>,
        now: UnixMillis,
    ) -> Result<Option<Arc<KeySet>>, Unavailable> {
        match &self.keys {
            Keys::Fixed(_) => Ok(None),
            Keys::Jwks(cache) => cache.newer(Some(known), now).await,
            // A bad signature is far more likely than a secret that changed while its store is
            // away: the token is refused.
            Keys::Secret(cache) => Ok(cache.newer(Some(known), now).await.unwrap_or(None)),
        }
    }
}

impl<S: SecretSource> Tokens for JwtTokens<S> {
    async fn verify(&self, token: &str, now: UnixMillis) -> Result<Option<Principal>, Unavailable> {
        if token.len() > MAX_TOKEN_BYTES {
            return Ok(None);
        }
        let Some(key) = self.named_key(token) else {
            return Ok(None);
        };
        let keys = self.keys(now).await?;
        let mut judgement = keys.judge(token, key.as_deref());
        if let Judgement::Unknown = judgement
            && let Some(newer) = self.newer(&keys, now).await?
        {
            judgement = newer.judge(token, key.as_deref());
        }
        match judgement {
            Judgement::Good(claims) => Ok(claims.principal(&self.expected, now)),
            Judgement::Bad | Judgement::Unknown => Ok(None),
        }
    }
}
