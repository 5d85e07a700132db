//! API keys, found by their hash. The key itself is stored nowhere.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::connection::Principal;
use crate::time::UnixMillis;

use super::Unavailable;

/// SHA-256 of an API key. Finding a record by it takes no comparison of secrets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Hashes a key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// As the table writes it: 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// What is stored about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose it is and what it allows; `expires_at` is the key's.
    pub principal: Principal,
    /// Not disabled or revoked.
    pub enabled: bool,
}

impl ApiKey {
    /// The principal, unless the key is disabled or has expired.
    #[must_use]
    pub fn principal_at(self, now: UnixMillis) -> Option<Principal> {
        let live = self.enabled && self.principal.expires_at.is_none_or(|end| now < end);
        live.then_some(self.principal)
    }
}

/// The table of API keys.
pub trait ApiKeys: Send + Sync {
    /// The record of a key.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find(
        &self,
        hash: &KeyHash,
    ) -> impl Future<Output = Result<Option<ApiKey>, Unavailable>> + Send;
}
