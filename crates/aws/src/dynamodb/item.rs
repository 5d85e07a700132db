//! A connection as an item: the document, and beside it what conditions, the index and operators
//! look at.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use llama_ws_core::ConnectionDocument;
use llama_ws_core::ports::Unavailable;

use super::faulty;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The partition key.
pub(super) const ID: &str = "connectionId";

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The key of a connection's item.
pub(super) fn key(id: &str) -> Item {
    HashMap::from([(ID.to_owned(), text(id))])
}

pub(super) fn of_document(document: &ConnectionDocument) -> Result<Item, Unavailable> {
    let json = serde_json::to_string(document)
        .map_err(|error| faulty(format!("a document cannot be written: {error}")))?;
    let mut item = HashMap::from([
        (ID.to_owned(), text(document.connection_id.as_str())),
        ("connectedAt".to_owned(), number(document.connected_at.0)),
        ("revision".to_owned(), number(document.revision)),
        // Seconds: TTL takes nothing else.
        (
            "expiresAt".to_owned(),
            number(document.expires_at().as_secs()),
        ),
        ("sourceIp".to_owned(), text(&document.source_ip)),
        ("document".to_owned(), text(json)),
    ]);
    if let Some(principal) = &document.principal {
        item.insert("userId".to_owned(), text(principal.user_id.as_str()));
        if let Some(key) = &principal.key_id {
            item.insert("keyId".to_owned(), text(key.as_str()));
        }
    }
    Ok(item)
}

pub(super) fn to_document(item: &Item) -> Result<ConnectionDocument, Unavailable> {
    let json = item.get("document").and_then(|value| value.as_s().ok());
    let json = json.ok_or_else(|| faulty("an item without a document"))?;
    serde_json::from_str(json).map_err(|_| faulty("an item whose document cannot be read"))
}

/// The id in an item or a key.
pub(super) fn id(item: &Item) -> Option<&str> {
    item.get(ID)?.as_s().ok().map(String::as_str)
}
