//! Tokens in memory: those that a test issued.

use std::collections::HashMap;

use llama_ws_core::ports::{Tokens, Unavailable};
use llama_ws_core::{Principal, UnixMillis};

use crate::shared::Shared;

/// A clonable handle to one list of issued tokens.
#[derive(Debug, Clone)]
pub struct MemoryTokens {
    shared: Shared<HashMap<String, Principal>>,
}

impl MemoryTokens {
    /// Knows no token yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Shared::new("tokens", HashMap::new()),
        }
    }

    /// From now on `token` is this principal's, until the principal's end.
    pub fn insert(&self, token: &str, principal: Principal) {
        self.shared.set_up().insert(token.to_owned(), principal);
    }

    /// Every call answers [`Unavailable`] while this is on.
    pub fn fail(&self, on: bool) {
        self.shared.fail(on);
    }
}

impl Default for MemoryTokens {
    fn default() -> Self {
        Self::new()
    }
}

impl Tokens for MemoryTokens {
    async fn verify(&self, token: &str, now: UnixMillis) -> Result<Option<Principal>, Unavailable> {
        let issued = self.shared.open()?.get(token).cloned();
        Ok(issued.filter(|principal| principal.expires_at.is_none_or(|end| now < end)))
    }
}
