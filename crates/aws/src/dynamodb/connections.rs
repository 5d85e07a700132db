//! The table of connections. Every call is one request, but for a user's page, which is two.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use llama_ws_core::ports::{Clock, ConnectionStore, Health, Page, Unavailable, Updated};
use llama_ws_core::{ConnectionDocument, ConnectionId, UnixMillis, UserId};

use super::item::{self, Item};
use super::{client, faulty, unavailable};

/// Most keys of one `BatchGetItem` ("Quotas in Amazon DynamoDB").
const BATCH: usize = 100;

/// How often keys that `BatchGetItem` left unprocessed are asked for again, and the first pause.
const BATCH_ATTEMPTS: u32 = 4;
const BATCH_PAUSE: Duration = Duration::from_millis(50);

/// DynamoDB's table of connections. An expired item is as good as absent to every call: the TTL
/// may take days to remove it.
#[derive(Debug, Clone)]
pub struct DynamoConnections<C> {
    client: Client,
    table: String,
    clock: C,
}

impl<C: Clock> DynamoConnections<C> {
    /// The table `table` (`CONNECTIONS_TABLE`).
    #[must_use]
    pub fn new(config: &SdkConfig, table: impl Into<String>, clock: C) -> Self {
        Self {
            client: client(config),
            table: table.into(),
            clock,
        }
    }

    fn live(&self, item: &Item) -> Result<Option<ConnectionDocument>, Unavailable> {
        let document = item::to_document(item)?;
        let expired = document.expires_at() <= self.clock.now();
        Ok((!expired).then_some(document))
    }

    fn all_live<'a>(
        &self,
        items: impl IntoIterator<Item = &'a Item>,
    ) -> Result<Vec<ConnectionDocument>, Unavailable> {
        items
            .into_iter()
            .filter_map(|item| self.live(item).transpose())
            .collect()
    }

    /// The items of at most [`BATCH`] keys, those that DynamoDB had no time for asked for again.
    async fn batch(&self, keys: &[Item]) -> Result<Vec<Item>, Unavailable> {
        let mut found = Vec::with_capacity(keys.len());
        let mut wanted = keys.to_vec();
        for attempt in 0..BATCH_ATTEMPTS {
            if wanted.is_empty() {
                return Ok(found);
            }
            if attempt > 0 {
                let pause = BATCH_PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1));
                self.clock.sleep_until(self.clock.now().plus(pause)).await;
            }
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut wanted)))
                .build()
                .map_err(|error| faulty(error.to_string()))?;
            let call = self.client.batch_get_item();
            let answer = call.request_items(&self.table, keys).send().await;
            let answer = answer.map_err(|error| unavailable(&error))?;
            found.extend(
                answer
                    .responses
                    .unwrap_or_default()
                    .remove(&self.table)
                    .unwrap_or_default(),
            );
            wanted = answer
                .unprocessed_keys
                .unwrap_or_default()
                .remove(&self.table)
                .map(|left| left.keys)
                .unwrap_or_default();
        }
        if wanted.is_empty() {
            Ok(found)
        } else {
            Err(faulty("keys stay unprocessed"))
        }
    }
}

impl<C: Clock> ConnectionStore for DynamoConnections<C> {
    async fn create(&self, document: &ConnectionDocument) -> Result<bool, Unavailable> {
        let outcome = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::of_document(document)?))
            .condition_expression("attribute_not_exists(connectionId) OR connectedAt <= :expired")
            .expression_attribute_values(":expired", item::number(expired(self.clock.now()).0))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match outcome {
            Ok(_) => return Ok(true),
            Err(error) => error,
        };
        let Some(PutItemError::ConditionalCheckFailedException(failure)) = error.as_service_error()
        else {
            return Err(unavailable(&error));
        };
        // The answer to a first attempt may have been lost.
        let stored = failure.item().map(item::to_document).transpose()?;
        Ok(stored.as_ref() == Some(document))
    }

    async fn get(&self, id: &ConnectionId) -> Result<Option<ConnectionDocument>, Unavailable> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(item::key(id.as_str())))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        match answer.item {
            Some(item) => self.live(&item),
            None => Ok(None),
        }
    }

    /// A newer connection under the same id means that this one is gone.
    async fn update(&self, document: &ConnectionDocument) -> Result<Updated, Unavailable> {
        let Some(previous) = document.revision.checked_sub(1) else {
            return Ok(Updated::Conflict);
        };
        if document.expires_at() <= self.clock.now() {
            return Ok(Updated::Missing);
        }
        let outcome = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::of_document(document)?))
            .condition_expression("revision = :previous AND connectedAt = :generation")
            .expression_attribute_values(":previous", item::number(previous))
            .expression_attribute_values(":generation", item::number(document.connected_at.0))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match outcome {
            Ok(_) => return Ok(Updated::Stored),
            Err(error) => error,
        };
        let Some(PutItemError::ConditionalCheckFailedException(failure)) = error.as_service_error()
        else {
            return Err(unavailable(&error));
        };
        let stored = failure.item().map(item::to_document).transpose()?;
        Ok(match stored {
            // Perhaps this very change, whose first answer was lost: the caller reads and sees.
            Some(stored) if stored.connected_at == document.connected_at => Updated::Conflict,
            _ => Updated::Missing,
        })
    }

    async fn remove(
        &self,
        id: &ConnectionId,
        connected_at: UnixMillis,
    ) -> Result<Option<ConnectionDocument>, Unavailable> {
        let outcome = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(item::key(id.as_str())))
            .condition_expression("connectedAt = :generation")
            .expression_attribute_values(":generation", item::number(connected_at.0))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        match outcome {
            Ok(answer) => match answer.attributes {
                Some(item) => self.live(&item),
                None => Ok(None),
            },
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(unavailable(&error)),
            },
        }
    }

    async fn of_user(
        &self,
        user: &UserId,
        after: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<Page, Unavailable> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("byUser")
            .expression_attribute_values(":user", item::text(user.as_str()))
            .limit(page_limit(limit));
        query = match after {
            None => query.key_condition_expression("userId = :user"),
            Some(after) => query
                .key_condition_expression("userId = :user AND connectionId > :after")
                .expression_attribute_values(":after", item::text(after.as_str())),
        };
        let answer = query.send().await.map_err(|error| unavailable(&error))?;
        let ids: Vec<&str> = answer.items().iter().filter_map(item::id).collect();
        let keys: Vec<Item> = ids.iter().map(|id| item::key(id)).collect();
        let mut documents = Vec::with_capacity(keys.len());
        for keys in keys.chunks(BATCH) {
            documents.extend(self.all_live(&self.batch(keys).await?)?);
        }
        // The index lags: what is no longer this user's is not shown.
        documents.retain(|document| {
            let principal = document.principal.as_ref();
            principal.is_some_and(|principal| principal.user_id == *user)
        });
        documents.sort_by(|one, other| one.connection_id.cmp(&other.connection_id));
        Ok(Page {
            documents,
            next: next(answer.last_evaluated_key.as_ref()),
        })
    }

    async fn scan(&self, after: Option<&ConnectionId>, limit: usize) -> Result<Page, Unavailable> {
        let answer = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .limit(page_limit(limit))
            .set_exclusive_start_key(after.map(|id| item::key(id.as_str())))
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        Ok(Page {
            documents: self.all_live(answer.items())?,
            next: next(answer.last_evaluated_key.as_ref()),
        })
    }
}

impl<C: Clock> Health for DynamoConnections<C> {
    const NAME: &'static str = super::NAME;

    async fn check(&self) -> Result<(), Unavailable> {
        let read = self.client.get_item().table_name(&self.table);
        let read = read.set_key(Some(item::key("health"))).send().await;
        read.map(drop).map_err(|error| unavailable(&error))
    }
}

/// Whoever connected at this time or before has expired.
fn expired(now: UnixMillis) -> UnixMillis {
    // Every document lives as long after its connection as this one.
    now.minus(ConnectionDocument::LIFE)
}

fn page_limit(limit: usize) -> i32 {
    i32::try_from(limit.max(1)).unwrap_or(i32::MAX)
}

fn next(last: Option<&Item>) -> Option<ConnectionId> {
    last.and_then(item::id).map(ConnectionId::new)
}
