//! The table of API keys that DefiLlama has already (`API_KEY_SOURCE=llama-auth`), read and never
//! written: `PK = auth#<key>` with the owner's `address`, and `PK = addressKey#<address>` with the
//! owner's only `apiKey`. An item that is there is a key that is good.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use llama_ws_core::ports::{ApiKey, ApiKeys, HeldKey, KeyHash, Unavailable};
use llama_ws_core::{KeyId, KeyLimits, Permissions, Principal, SecretKey, UserId};

use super::item::{Item, text};
use super::keys::batch;
use super::{client, unavailable};

/// Hexadecimal digits of the key's hash in the name of its user.
const USER_DIGITS: usize = 32;

/// DefiLlama's own table of API keys.
#[derive(Debug, Clone)]
pub struct LlamaAuthKeys {
    client: Client,
    table: String,
    permissions: Permissions,
}

impl LlamaAuthKeys {
    /// The table `table` (`API_KEYS_TABLE`), whose keys all allow the same.
    #[must_use]
    pub fn new(config: &SdkConfig, table: impl Into<String>, permissions: Permissions) -> Self {
        Self {
            client: client(config),
            table: table.into(),
            permissions,
        }
    }

    fn record(&self, hash: &KeyHash, id: Option<KeyId>) -> ApiKey {
        let digits: String = hash.to_hex().chars().take(USER_DIGITS).collect();
        let principal = Principal {
            user_id: UserId::new(format!("key_{digits}")),
            key_id: id,
            key_hash: None,
            permissions: self.permissions.clone(),
            expires_at: None,
            limits: KeyLimits::default(),
        };
        ApiKey {
            principal,
            enabled: true,
            created_at: None,
        }
    }
}

impl ApiKeys for LlamaAuthKeys {
    async fn find(&self, key: &SecretKey) -> Result<Option<ApiKey>, Unavailable> {
        let read = self.client.get_item().table_name(&self.table);
        let read = read.key("PK", text(format!("auth#{}", key.reveal())));
        let answer = read.send().await.map_err(|error| unavailable(&error))?;
        let Some(item) = answer.item else {
            return Ok(None);
        };
        // The table's own spelling of an address in its other items is lower case.
        let address = word(&item, "address").map(|text| KeyId::new(text.to_lowercase()));
        Ok(Some(self.record(&key.hash(), address)))
    }

    /// By the owners' addresses: an owner has one key, and a new one replaces it. A key without an
    /// address cannot be asked about, and stays.
    async fn find_held(&self, held: &[HeldKey]) -> Result<HashMap<KeyHash, ApiKey>, Unavailable> {
        let mut addresses: Vec<_> = held.iter().filter_map(|held| held.id.as_ref()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let keys = addresses.iter().map(|address| key_of(address)).collect();
        let items = batch(&self.client, &self.table, keys).await?;
        let present: HashMap<_, _> = items.iter().filter_map(pair).collect();
        let is_present = |held: &&HeldKey| {
            let address = held.id.as_ref().map(pk_of);
            address.is_none_or(|pk| present.get(pk.as_str()) == Some(&held.hash))
        };
        let found = held.iter().filter(is_present);
        Ok(found
            .map(|held| (held.hash, self.record(&held.hash, held.id.clone())))
            .collect())
    }
}

fn pk_of(address: &KeyId) -> String {
    format!("addressKey#{address}")
}

fn key_of(address: &KeyId) -> Item {
    HashMap::from([("PK".to_owned(), text(pk_of(address)))])
}

/// Whose key an item is about, and its hash.
fn pair(item: &Item) -> Option<(&str, KeyHash)> {
    Some((word(item, "PK")?, KeyHash::of(word(item, "apiKey")?)))
}

fn word<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}
