//! What the table said about keys, remembered for a short while by one environment.

use std::collections::HashMap;
use std::time::Duration;

use llama_ws_core::ports::{
    ApiKey, ApiKeys, Clock, HeldKey, KeyHash, KeyPage, KeyRecords, Unavailable,
};
use llama_ws_core::{KeyId, SecretKey, UnixMillis};
use quick_cache::sync::Cache;

/// How long a key that is there is not asked for again. A revoked one opens connections no longer
/// than that; with what an eventually consistent read lags, it stays well below the minute that is
/// promised.
const KNOWN: Duration = Duration::from_secs(30);

/// How long a key that is not there is not asked for again: a new key works this soon.
const UNKNOWN: Duration = Duration::from_secs(10);

/// Keys remembered at a time. The cache resists scans: keys that somebody makes up do not push out
/// those in use.
const CAPACITY: usize = 10_000;

/// An answer, and when it was given.
#[derive(Debug, Clone)]
struct Remembered {
    answer: Option<ApiKey>,
    at: UnixMillis,
}

/// A table of keys behind a memory of its answers. A fault is not remembered.
#[derive(Debug)]
pub struct CachedKeys<K, C> {
    table: K,
    clock: C,
    known: Cache<KeyHash, Remembered>,
}

impl<K, C: Clock> CachedKeys<K, C> {
    /// Remembers what `table` answers.
    pub fn new(table: K, clock: C) -> Self {
        Self {
            table,
            clock,
            known: Cache::new(CAPACITY),
        }
    }

    fn recall(&self, hash: &KeyHash) -> Option<Option<ApiKey>> {
        let remembered = self.known.get(hash)?;
        let life = if remembered.answer.is_some() {
            KNOWN
        } else {
            UNKNOWN
        };
        (self.clock.now() < remembered.at.plus(life)).then_some(remembered.answer)
    }
}

impl<K: ApiKeys, C: Clock> ApiKeys for CachedKeys<K, C> {
    async fn find(&self, key: &SecretKey) -> Result<Option<ApiKey>, Unavailable> {
        let hash = key.hash();
        if let Some(answer) = self.recall(&hash) {
            return Ok(answer);
        }
        // As old as the question: the answer may take a while.
        let at = self.clock.now();
        let answer = self.table.find(key).await?;
        let remembered = Remembered {
            answer: answer.clone(),
            at,
        };
        self.known.insert(hash, remembered);
        Ok(answer)
    }

    async fn find_held(&self, held: &[HeldKey]) -> Result<HashMap<KeyHash, ApiKey>, Unavailable> {
        self.table.find_held(held).await
    }
}

impl<K: KeyRecords, C: Clock> KeyRecords for CachedKeys<K, C> {
    async fn create(&self, hash: &KeyHash, key: &ApiKey) -> Result<bool, Unavailable> {
        self.table.create(hash, key).await
    }

    async fn by_id(&self, id: &KeyId) -> Result<Option<(KeyHash, ApiKey)>, Unavailable> {
        self.table.by_id(id).await
    }

    async fn list(&self, after: Option<&KeyHash>, limit: usize) -> Result<KeyPage, Unavailable> {
        self.table.list(after, limit).await
    }

    async fn revoke(&self, hash: &KeyHash) -> Result<bool, Unavailable> {
        self.table.revoke(hash).await
    }

    async fn expire(&self, hash: &KeyHash, at: UnixMillis) -> Result<bool, Unavailable> {
        self.table.expire(hash, at).await
    }
}

#[cfg(test)]
mod tests;
