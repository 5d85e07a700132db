//! The key that signs now: cached, refreshed before its credentials end, one refresh at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use llama_ws_core::UnixMillis;

use super::date::Day;
use super::key::{Audience, SigningKey};

/// How long before their end credentials are replaced, by one post while the others go on.
const REFRESH_BEFORE_END: Duration = Duration::from_secs(60);

/// Between two refreshes, whether they failed or brought credentials that AWS refuses.
const REFRESH_INTERVAL: Duration = Duration::from_secs(5);

/// There is nothing to sign with.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoCredentials {
    #[error("no credentials provider is configured")]
    Unconfigured,
    #[error("no credentials")]
    Refused(#[from] CredentialsError),
}

/// The credentials of this process, as the key derived from them.
#[derive(Debug)]
pub(super) struct CachedCredentials {
    provider: Option<SharedCredentialsProvider>,
    audience: Audience,
    current: Mutex<Option<Current>>,
    /// Held by whoever asks the provider.
    refreshing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Current {
    credentials: Credentials,
    key: Arc<SigningKey>,
    ends_at: Option<UnixMillis>,
    /// No refresh before this.
    next_refresh: UnixMillis,
}

impl CachedCredentials {
    /// The credentials that `config` finds, for calls to `audience`.
    pub(super) fn new(config: &SdkConfig, audience: Audience) -> Self {
        Self {
            provider: config.credentials_provider(),
            audience,
            current: Mutex::new(None),
            refreshing: tokio::sync::Mutex::new(()),
        }
    }

    /// The key for a request at `now`.
    ///
    /// # Errors
    /// [`NoCredentials`] when there are none that have not ended.
    pub(super) async fn key(&self, now: UnixMillis) -> Result<Arc<SigningKey>, NoCredentials> {
        let known = self.known(now);
        if let Some(current) = &known {
            if !current.is_ending(now) {
                return Ok(Arc::clone(&current.key));
            }
            // They still sign; whoever holds the lock replaces them.
            if !current.has_ended(now) && self.refreshing.try_lock().is_err() {
                return Ok(Arc::clone(&current.key));
            }
        }
        let _turn = self.refreshing.lock().await;
        if let Some(current) = self.known(now).filter(|current| !current.is_ending(now)) {
            return Ok(current.key);
        }
        match (self.fetch(now).await, known) {
            (Ok(current), _) => Ok(current.key),
            (Err(error), Some(known)) if !known.has_ended(now) => {
                tracing::warn!(%error, "credentials that end soon could not be replaced");
                self.set(Current {
                    next_refresh: now.plus(REFRESH_INTERVAL),
                    ..known.clone()
                });
                Ok(known.key)
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Another key after AWS has said that the credentials of `refused` have ended. `None` if there
    /// is no other.
    pub(super) async fn replace(
        &self,
        refused: &Arc<SigningKey>,
        now: UnixMillis,
    ) -> Option<Arc<SigningKey>> {
        let _turn = self.refreshing.lock().await;
        let known = self.known(now)?;
        if !Arc::ptr_eq(&known.key, refused) {
            return Some(known.key);
        }
        if now < known.next_refresh {
            return None;
        }
        let fetched = self.fetch(now).await.ok()?;
        let is_other = fetched.credentials.access_key_id() != known.credentials.access_key_id()
            || fetched.credentials.session_token() != known.credentials.session_token();
        is_other.then_some(fetched.key)
    }

    /// What is cached, with the key of today.
    fn known(&self, now: UnixMillis) -> Option<Current> {
        let day = Day::of(now);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let current = current.as_mut()?;
        if !current.key.is_of(day) {
            let key = SigningKey::derive(&current.credentials, &self.audience, day);
            current.key = Arc::new(key);
        }
        Some(current.clone())
    }

    async fn fetch(&self, now: UnixMillis) -> Result<Current, NoCredentials> {
        let provider = self.provider.as_ref().ok_or(NoCredentials::Unconfigured)?;
        let credentials = provider.provide_credentials().await?;
        let current = Current {
            key: Arc::new(SigningKey::derive(
                &credentials,
                &self.audience,
                Day::of(now),
            )),
            ends_at: ends_at(&credentials),
            next_refresh: now.plus(REFRESH_INTERVAL),
            credentials,
        };
        self.set(current.clone());
        Ok(current)
    }

    fn set(&self, current: Current) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(current);
    }
}

impl Current {
    fn has_ended(&self, now: UnixMillis) -> bool {
        self.ends_at.is_some_and(|end| now >= end)
    }

    /// Whether it is time to replace them.
    fn is_ending(&self, now: UnixMillis) -> bool {
        let ending = |end: UnixMillis| now >= end.minus(REFRESH_BEFORE_END);
        self.has_ended(now) || (self.ends_at.is_some_and(ending) && now >= self.next_refresh)
    }
}

fn ends_at(credentials: &Credentials) -> Option<UnixMillis> {
    let since_epoch = credentials.expiry()?.duration_since(UNIX_EPOCH).ok()?;
    Some(UnixMillis(0).plus(since_epoch))
}

#[cfg(test)]
mod tests;
