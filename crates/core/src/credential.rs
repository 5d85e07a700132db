//! What a caller shows to prove who it is.

use std::fmt;

use crate::connection::Principal;
use crate::ports::{ApiKeys, KeyHash, Ports, Tokens};
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
    /// Whose credential this is.
    ///
    /// # Errors
    /// [`Refusal::InvalidCredential`], [`Refusal::Unavailable`].
    pub async fn identify(&self, credential: &Credential) -> Result<Principal, Refusal> {
        let now = self.now();
        let found = match credential {
            Credential::ApiKey(key) => {
                let key = self.ports().keys().find(&KeyHash::of(key)).await?;
                key.and_then(|key| key.principal_at(now))
            }
            Credential::Token(token) => self.ports().tokens().verify(token, now).await?,
        };
        found.ok_or(Refusal::InvalidCredential)
    }
}
