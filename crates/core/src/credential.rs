//! What a caller shows to prove who it is.

use std::fmt;

use crate::connection::Principal;
use crate::ports::{ApiKeys, KeyHash, Ports};
use crate::refusal::Refusal;
use crate::service::Service;

/// A secret. Its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// An API key.
    ApiKey(String),
    /// A JWT.
    Token(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKey(_) => "ApiKey(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}

impl<P: Ports> Service<P> {
    /// Whose credential this is. No key for tokens is configured yet, so every token is refused.
    ///
    /// # Errors
    /// [`Refusal::InvalidCredential`], [`Refusal::Unavailable`].
    pub async fn identify(&self, credential: &Credential) -> Result<Principal, Refusal> {
        let Credential::ApiKey(key) = credential else {
            return Err(Refusal::InvalidCredential);
        };
        let found = self.ports().keys().find(&KeyHash::of(key)).await?;
        found
            .and_then(|key| key.principal_at(self.now()))
            .ok_or(Refusal::InvalidCredential)
    }
}
