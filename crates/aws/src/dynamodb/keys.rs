//! The table of API keys, found by the key's hash.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use llama_ws_core::ports::{ApiKey, ApiKeys, HeldKey, KeyHash, KeyPage, KeyRecords, Unavailable};
use llama_ws_core::{KeyId, SecretKey, UnixMillis};

use super::item::{Item, number, text};
use super::key_item;
use super::{client, faulty, unavailable};

/// What a refused condition is called.
const REFUSED: &str = "ConditionalCheckFailedException";

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
        let put = put.set_item(Some(key_item::of_key(hash, key))).send().await;
        put.map(drop).map_err(|error| unavailable(&error))
    }

    /// A change of a record that must be there.
    fn change(&self, hash: &KeyHash) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_item::key(hash)))
            .condition_expression("attribute_exists(keyHash)")
    }
}

/// Whether a conditional write was made.
fn made<T, E: ProvideErrorMetadata>(
    write: Result<T, SdkError<E, HttpResponse>>,
) -> Result<bool, Unavailable> {
    match write {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error().and_then(E::code) {
            Some(REFUSED) => Ok(false),
            _ => Err(unavailable(&error)),
        },
    }
}

impl ApiKeys for DynamoKeys {
    async fn find(&self, key: &SecretKey) -> Result<Option<ApiKey>, Unavailable> {
        let read = self.client.get_item().table_name(&self.table);
        let read = read.set_key(Some(key_item::key(&key.hash()))).send().await;
        let answer = read.map_err(|error| unavailable(&error))?;
        answer.item.as_ref().map(key_item::to_key).transpose()
    }

    async fn find_held(&self, held: &[HeldKey]) -> Result<HashMap<KeyHash, ApiKey>, Unavailable> {
        let keys = held.iter().map(|held| key_item::key(&held.hash)).collect();
        let items = batch(&self.client, &self.table, keys).await?;
        let pair = |item: &Item| Ok((key_item::hash(item)?, key_item::to_key(item)?));
        items.iter().map(pair).collect()
    }
}

/// The items of at most 100 different keys, as they are now.
pub(super) async fn batch(
    client: &Client,
    table: &str,
    keys: Vec<Item>,
) -> Result<Vec<Item>, Unavailable> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = KeysAndAttributes::builder()
        .set_keys(Some(keys))
        .consistent_read(true)
        .build()
        .map_err(|error| faulty(error.to_string()))?;
    let call = client.batch_get_item().request_items(table, wanted);
    let answer = call.send().await.map_err(|error| unavailable(&error))?;
    if answer.unprocessed_keys.is_some_and(|left| !left.is_empty()) {
        // Taken for absent, they would be taken for revoked.
        return Err(faulty("keys stay unprocessed"));
    }
    let mut responses = answer.responses.unwrap_or_default();
    Ok(responses.remove(table).unwrap_or_default())
}

impl KeyRecords for DynamoKeys {
    async fn create(&self, hash: &KeyHash, key: &ApiKey) -> Result<bool, Unavailable> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key_item::of_key(hash, key)))
            .condition_expression("attribute_not_exists(keyHash)");
        made(put.send().await)
    }

    /// Reads the whole table if it has to: who administers keys asks seldom, there are thousands
    /// of them at most, and an index would cost something at every write.
    async fn by_id(&self, id: &KeyId) -> Result<Option<(KeyHash, ApiKey)>, Unavailable> {
        let mut from = None;
        loop {
            let page = self
                .client
                .scan()
                .table_name(&self.table)
                .consistent_read(true)
                .filter_expression("keyId = :id")
                .expression_attribute_values(":id", text(id.as_str()))
                .set_exclusive_start_key(from.take())
                .send()
                .await
                .map_err(|error| unavailable(&error))?;
            if let Some(item) = page.items().first() {
                return Ok(Some((key_item::hash(item)?, key_item::to_key(item)?)));
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(None);
            }
        }
    }

    async fn list(&self, after: Option<&KeyHash>, limit: usize) -> Result<KeyPage, Unavailable> {
        let page = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .limit(i32::try_from(limit.max(1)).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after.map(key_item::key))
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        Ok(KeyPage {
            keys: page
                .items()
                .iter()
                .map(key_item::to_key)
                .collect::<Result<_, _>>()?,
            next: page
                .last_evaluated_key
                .as_ref()
                .map(key_item::hash)
                .transpose()?,
        })
    }

    async fn revoke(&self, hash: &KeyHash) -> Result<bool, Unavailable> {
        let change = self
            .change(hash)
            .update_expression("SET #status = :revoked")
            .expression_attribute_names("#status", key_item::STATUS)
            .expression_attribute_values(":revoked", text(key_item::REVOKED));
        made(change.send().await)
    }

    async fn expire(&self, hash: &KeyHash, at: UnixMillis) -> Result<bool, Unavailable> {
        let change = self
            .change(hash)
            .update_expression("SET expiresAt = :at")
            .expression_attribute_values(":at", number(at.0));
        made(change.send().await)
    }
}
