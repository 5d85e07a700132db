//! Which table says who may connect.

use std::collections::HashMap;

use llama_ws_core::SecretKey;
use llama_ws_core::ports::{ApiKey, ApiKeys, HeldKey, KeyHash, Unavailable};

use super::{DynamoKeys, LlamaAuthKeys};

/// A table of API keys of either kind.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// The service's own.
    Own(DynamoKeys),
    /// The one that DefiLlama has already.
    LlamaAuth(LlamaAuthKeys),
}

impl ApiKeys for KeySource {
    async fn find(&self, key: &SecretKey) -> Result<Option<ApiKey>, Unavailable> {
        match self {
            Self::Own(keys) => keys.find(key).await,
            Self::LlamaAuth(keys) => keys.find(key).await,
        }
    }

    async fn find_held(&self, held: &[HeldKey]) -> Result<HashMap<KeyHash, ApiKey>, Unavailable> {
        match self {
            Self::Own(keys) => keys.find_held(held).await,
            Self::LlamaAuth(keys) => keys.find_held(held).await,
        }
    }
}
