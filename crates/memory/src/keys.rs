//! The table of API keys in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use llama_ws_core::ports::{ApiKey, ApiKeys, HeldKey, KeyHash, KeyPage, KeyRecords, Unavailable};
use llama_ws_core::{KeyId, SecretKey, UnixMillis};

use crate::shared::Shared;

/// A clonable handle to one table. The keys themselves are not kept, as in the real one; whether
/// a record is still good is asked of the record ([`ApiKey::principal_at`]).
#[derive(Debug, Clone)]
pub struct MemoryKeys {
    shared: Shared<BTreeMap<KeyHash, ApiKey>>,
}

impl MemoryKeys {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Shared::new("dynamodb", BTreeMap::new()),
        }
    }

    /// Stores what is known of `key`, in place of what was.
    pub fn insert(&self, key: &str, record: ApiKey) {
        self.shared.set_up().insert(KeyHash::of(key), record);
    }

    /// Forgets `key`, and returns what was known of it.
    pub fn remove(&self, key: &str) -> Option<ApiKey> {
        self.shared.set_up().remove(&KeyHash::of(key))
    }

    /// Every call answers [`Unavailable`] while this is on.
    pub fn fail(&self, on: bool) {
        self.shared.fail(on);
    }

    fn change(
        &self,
        hash: &KeyHash,
        change: impl FnOnce(&mut ApiKey),
    ) -> Result<bool, Unavailable> {
        let mut table = self.shared.open()?;
        let found = table.get_mut(hash);
        Ok(found.map(change).is_some())
    }
}

impl Default for MemoryKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl ApiKeys for MemoryKeys {
    async fn find(&self, key: &SecretKey) -> Result<Option<ApiKey>, Unavailable> {
        Ok(self.shared.open()?.get(&key.hash()).cloned())
    }

    async fn find_held(&self, held: &[HeldKey]) -> Result<HashMap<KeyHash, ApiKey>, Unavailable> {
        let table = self.shared.open()?;
        let found = held.iter().filter_map(|held| {
            let key = table.get(&held.hash)?;
            Some((held.hash, key.clone()))
        });
        Ok(found.collect())
    }
}

impl KeyRecords for MemoryKeys {
    async fn create(&self, hash: &KeyHash, key: &ApiKey) -> Result<bool, Unavailable> {
        let mut table = self.shared.open()?;
        if table.contains_key(hash) {
            return Ok(false);
        }
        table.insert(*hash, key.clone());
        Ok(true)
    }

    async fn by_id(&self, id: &KeyId) -> Result<Option<(KeyHash, ApiKey)>, Unavailable> {
        let table = self.shared.open()?;
        let mut keys = table.iter();
        let found = keys.find(|(_, key)| key.principal.key_id.as_ref() == Some(id));
        Ok(found.map(|(hash, key)| (*hash, key.clone())))
    }

    async fn list(&self, after: Option<&KeyHash>, limit: usize) -> Result<KeyPage, Unavailable> {
        let table = self.shared.open()?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = table.range::<KeyHash, _>((from, Bound::Unbounded));
        let page: Vec<_> = rest.by_ref().take(limit.max(1)).collect();
        let more = rest.next().is_some();
        Ok(KeyPage {
            next: page.last().filter(|_| more).map(|(hash, _)| **hash),
            keys: page.into_iter().map(|(_, key)| key.clone()).collect(),
        })
    }

    async fn revoke(&self, hash: &KeyHash) -> Result<bool, Unavailable> {
        self.change(hash, |key| key.enabled = false)
    }

    async fn expire(&self, hash: &KeyHash, at: UnixMillis) -> Result<bool, Unavailable> {
        self.change(hash, |key| key.principal.expires_at = Some(at))
    }
}
