//! Keys that are fetched: kept for a while, fetched again when a token seems to know a newer one,
//! and kept on when they cannot be fetched. How often is bounded, whatever clients send.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Unavailable;

use crate::key_set::KeySet;

/// How long keys are used without asking again: a key that its issuer withdrew is good that long.
pub(crate) const FRESH_FOR: Duration = Duration::from_secs(10 * 60);

/// How long keys are used when they cannot be fetched again.
pub(crate) const STALE_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Least time between two attempts to fetch, while there are keys.
pub(crate) const REFRESH_INTERVAL: Duration = Duration::from_secs(60);

/// Least time between two attempts while there are none: until one succeeds nobody gets in.
pub(crate) const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// Where keys come from.
pub(crate) trait KeySource: Send + Sync {
    /// The keys as they are now, or why they cannot be had. Ends by itself after some seconds.
    fn load(&self) -> impl Future<Output = Result<KeySet, Unavailable>> + Send;
}

/// The keys of one source.
#[derive(Debug)]
pub(crate) struct KeyCache<S> {
    source: S,
    state: Mutex<State>,
    /// Held by the one who fetches.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    keys: Option<Fetched>,
    /// The last attempt, if there was one.
    attempt: Option<Attempt>,
}

#[derive(Debug, Clone)]
struct Fetched {
    keys: Arc<KeySet>,
    at: UnixMillis,
}

#[derive(Debug, Clone)]
struct Attempt {
    at: UnixMillis,
    fault: Option<Unavailable>,
}

impl<S: KeySource> KeyCache<S> {
    pub(crate) fn new(source: S) -> Self {
        Self {
            source,
            state: Mutex::default(),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// The keys to judge by.
    ///
    /// # Errors
    /// [`Unavailable`]: there are none, and they cannot be fetched.
    pub(crate) async fn keys(&self, now: UnixMillis) -> Result<Arc<KeySet>, Unavailable> {
        let held = self.held(now);
        if let Some(held) = &held
            && now.since(held.at) < FRESH_FOR
        {
            return Ok(Arc::clone(&held.keys));
        }
        let known = held.as_ref().map(|held| &held.keys);
        match (self.newer(known, now).await, held) {
            (Ok(Some(keys)), _) => Ok(keys),
            (_, Some(held)) => Ok(held.keys),
            (Err(fault), None) => Err(fault),
            (Ok(None), None) => Err(Unavailable {
                store: "keys",
                reason: "not fetched".to_owned(),
            }),
        }
    }

    /// Keys newer than those that are `known`, fetched if it is time to. None if there are none.
    ///
    /// # Errors
    /// [`Unavailable`]: whether there are newer ones cannot be found out now.
    pub(crate) async fn newer(
        &self,
        known: Option<&Arc<KeySet>>,
        now: UnixMillis,
    ) -> Result<Option<Arc<KeySet>>, Unavailable> {
        let _fetching = self.fetching.lock().await;
        // Somebody else may have fetched while we waited.
        let held = self.held(now).map(|held| held.keys);
        if let Some(held) = &held
            && known.is_none_or(|known| !Arc::ptr_eq(known, held))
        {
            return Ok(Some(Arc::clone(held)));
        }
        let interval = match held {
            Some(_) => REFRESH_INTERVAL,
            None => RETRY_INTERVAL,
        };
        let last = self.state().attempt.clone();
        if let Some(last) = last
            && now.since(last.at) < interval
        {
            return last.fault.map_or(Ok(None), Err);
        }
        self.fetch(now).await.map(Some)
    }

    async fn fetch(&self, now: UnixMillis) -> Result<Arc<KeySet>, Unavailable> {
        // Written down before: an invocation that is ended while it waits has tried as well.
        let abandoned = Unavailable {
            store: "keys",
            reason: "the last attempt was abandoned".to_owned(),
        };
        self.attempted(now, Some(abandoned));
        let loaded = self.source.load().await;
        self.attempted(now, loaded.as_ref().err().cloned());
        let keys = Arc::new(loaded.inspect_err(|fault| {
            tracing::warn!(
                store = fault.store,
                reason = fault.reason,
                "no fresh keys for tokens"
            );
        })?);
        tracing::info!(keys = keys.len(), "keys for tokens fetched");
        let fetched = Fetched {
            keys: Arc::clone(&keys),
            at: now,
        };
        self.state().keys = Some(fetched);
        Ok(keys)
    }

    fn attempted(&self, at: UnixMillis, fault: Option<Unavailable>) {
        self.state().attempt = Some(Attempt { at, fault });
    }

    fn held(&self, now: UnixMillis) -> Option<Fetched> {
        let held = self.state().keys.clone();
        held.filter(|held| now.since(held.at) < STALE_FOR)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
