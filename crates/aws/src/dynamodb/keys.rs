//! The table of API keys, found by the key's hash.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use llama_ws_core::ports::{ApiKey, ApiKeys, KeyHash, Unavailable};
use llama_ws_core::{KeyId, Permissions, Principal, UnixMillis, UserId};

use super::item::{Item, number, text};
use super::{client, faulty, unavailable};

/// DynamoDB's table of API keys.
#[derive(Debug, Clone)]
pub struct DynamoKeys {
    client: Client,
    table: String,
}

impl DynamoKeys {
    /// The table `table` (`API_KEYS_TABLE`).
    #[must_use]
    pub fn new(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self {
            client: client(config),
            table: table.into(),
        }
    }

    /// Stores a key's record, in place of what was.
    ///
    /// # Errors
    /// [`Unavailable`]; it may have been stored.
    pub async fn put(&self, hash: &KeyHash, key: &ApiKey) -> Result<(), Unavailable> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(to_item(hash, key))).send().await;
        put.map(drop).map_err(|error| unavailable(&error))
    }
}

impl ApiKeys for DynamoKeys {
    async fn find(&self, hash: &KeyHash) -> Result<Option<ApiKey>, Unavailable> {
        let read = self.client.get_item().table_name(&self.table);
        let read = read.key("keyHash", text(hash.to_hex())).send().await;
        let answer = read.map_err(|error| unavailable(&error))?;
        answer.item.as_ref().map(of_item).transpose()
    }
}

fn to_item(hash: &KeyHash, key: &ApiKey) -> Item {
    let principal = &key.principal;
    let status = if key.enabled { "active" } else { "revoked" };
    let granted = principal.permissions.names().iter().map(text).collect();
    let mut item = HashMap::from([
        ("keyHash".to_owned(), text(hash.to_hex())),
        ("userId".to_owned(), text(principal.user_id.as_str())),
        ("permissions".to_owned(), AttributeValue::L(granted)),
        ("status".to_owned(), text(status)),
    ]);
    if let Some(id) = &principal.key_id {
        item.insert("keyId".to_owned(), text(id.as_str()));
    }
    if let Some(end) = principal.expires_at {
        item.insert("expiresAt".to_owned(), number(end.0));
    }
    item
}

/// Whatever is not said to be active is not.
fn of_item(item: &Item) -> Result<ApiKey, Unavailable> {
    let word = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let user = word("userId").ok_or_else(|| faulty("a key without a user"))?;
    let granted = item.get("permissions").and_then(|value| value.as_l().ok());
    let granted = granted.into_iter().flatten();
    let expires_at = match item.get("expiresAt") {
        None => None,
        Some(end) => {
            let end = end.as_n().ok().and_then(|end| end.parse().ok());
            Some(UnixMillis(
                end.ok_or_else(|| faulty("a key whose end cannot be read"))?,
            ))
        }
    };
    let principal = Principal {
        user_id: UserId::new(user.as_str()),
        key_id: word("keyId").map(|id| KeyId::new(id.as_str())),
        permissions: Permissions::new(granted.filter_map(|name| name.as_s().ok().cloned())),
        expires_at,
    };
    Ok(ApiKey {
        principal,
        enabled: word("status").is_some_and(|status| status == "active"),
    })
}
