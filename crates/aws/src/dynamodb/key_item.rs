//! An API key as an item. Operators may write items by hand, so what is absent has a meaning.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use llama_ws_core::ports::{ApiKey, KeyHash, Unavailable};
use llama_ws_core::{KeyId, KeyLimits, Permissions, Principal, UnixMillis, UserId};

use super::faulty;
use super::item::{Item, number, text};

/// The partition key.
const HASH: &str = "keyHash";

/// The attribute that says whether a key may be used, a reserved word to DynamoDB.
pub(super) const STATUS: &str = "status";

/// What it says of a key that may not.
pub(super) const REVOKED: &str = "revoked";

const ACTIVE: &str = "active";

/// The key of a key's item.
pub(super) fn key(hash: &KeyHash) -> Item {
    HashMap::from([(HASH.to_owned(), text(hash.to_hex()))])
}

/// The hash in an item or a key.
pub(super) fn hash(item: &Item) -> Result<KeyHash, Unavailable> {
    let hex = item.get(HASH).and_then(|value| value.as_s().ok());
    hex.and_then(|hex| KeyHash::from_hex(hex))
        .ok_or_else(|| faulty("a key whose hash cannot be read"))
}

pub(super) fn of_key(hash: &KeyHash, key: &ApiKey) -> Item {
    let principal = &key.principal;
    let status = if key.enabled { ACTIVE } else { REVOKED };
    let granted = principal.permissions.names().iter().map(text).collect();
    let mut item = self::key(hash);
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    set("userId", text(principal.user_id.as_str()));
    set("permissions", AttributeValue::L(granted));
    set(STATUS, text(status));
    if let Some(id) = &principal.key_id {
        set("keyId", text(id.as_str()));
    }
    if let Some(created) = key.created_at {
        set("createdAt", number(created.0));
    }
    if let Some(end) = principal.expires_at {
        set("expiresAt", number(end.0));
    }
    if let Some(connections) = principal.limits.connections {
        let limits = HashMap::from([("connections".to_owned(), number(connections.into()))]);
        set("limits", AttributeValue::M(limits));
    }
    item
}

/// Whatever is not said to be active is not.
pub(super) fn to_key(item: &Item) -> Result<ApiKey, Unavailable> {
    let word = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let user = word("userId").ok_or_else(|| faulty("a key without a user"))?;
    let granted = item.get("permissions").and_then(|value| value.as_l().ok());
    let granted = granted.into_iter().flatten();
    let principal = Principal {
        user_id: UserId::new(user.as_str()),
        key_id: word("keyId").map(|id| KeyId::new(id.as_str())),
        key_hash: None,
        permissions: Permissions::new(granted.filter_map(|name| name.as_s().ok().cloned())),
        expires_at: whole(item, "expiresAt")?.map(UnixMillis),
        limits: limits(item)?,
    };
    Ok(ApiKey {
        principal,
        enabled: word(STATUS).is_some_and(|status| status == ACTIVE),
        created_at: whole(item, "createdAt")?.map(UnixMillis),
    })
}

/// A limit that cannot be read must not count as none.
fn limits(item: &Item) -> Result<KeyLimits, Unavailable> {
    let Some(limits) = item.get("limits") else {
        return Ok(KeyLimits::default());
    };
    let limits = limits
        .as_m()
        .map_err(|_| faulty("a key whose limits cannot be read"))?;
    let connections = whole(limits, "connections")?;
    Ok(KeyLimits {
        connections: connections.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
    })
}

fn whole(item: &Item, name: &str) -> Result<Option<u64>, Unavailable> {
    let Some(value) = item.get(name) else {
        return Ok(None);
    };
    let value = value.as_n().ok().and_then(|number| number.parse().ok());
    value
        .map(Some)
        .ok_or_else(|| faulty(format!("a key whose {name} cannot be read")))
}
