//! What a caller shows to prove who it is.

use std::fmt;

use crate::api_key::SecretKey;
use crate::connection::Principal;
use crate::ports::{ApiKeys, Ports, Tokens};
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
        let found = match credential {
            Credential::ApiKey(key) => {
                self.identify_key(&SecretKey::presented(key.as_str()))
                    .await?
            }
            Credential::Token(token) => self.ports().tokens().verify(token, self.now()).await?,
        };
        found.ok_or(Refusal::InvalidCredential)
    }

    /// Whose key this is. One that cannot be ours costs no look into the table.
    async fn identify_key(&self, key: &SecretKey) -> Result<Option<Principal>, Refusal> {
        if key.is_damaged() {
            return Ok(None);
        }
        let found = self.ports().keys().find(key).await?;
        let principal = found.and_then(|found| found.principal_at(self.now()));
        Ok(principal.map(|principal| Principal {
            key_hash: Some(key.hash()),
            ..principal
        }))
    }
}
