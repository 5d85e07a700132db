//! The table of API keys in memory.

use std::collections::HashMap;

use llama_ws_core::ports::{ApiKey, ApiKeys, KeyHash, Unavailable};

use crate::shared::Shared;

/// A clonable handle to one table. The keys themselves are not kept, as in the real one; whether
/// a record is still good is asked of the record ([`ApiKey::principal_at`]).
#[derive(Debug, Clone)]
pub struct MemoryKeys {
    shared: Shared<HashMap<KeyHash, ApiKey>>,
}

impl MemoryKeys {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Shared::new("dynamodb", HashMap::new()),
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
}

impl Default for MemoryKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl ApiKeys for MemoryKeys {
    async fn find(&self, hash: &KeyHash) -> Result<Option<ApiKey>, Unavailable> {
        Ok(self.shared.open()?.get(hash).cloned())
    }
}
