//! API keys: what is put is found, by the hash only.

use llama_ws_core::ports::{ApiKey, ApiKeys, KeyHash};
use llama_ws_core::{KeyId, Permissions, Principal, UnixMillis, UserId};

use crate::table::tables;

fn record(enabled: bool, expires_at: Option<UnixMillis>) -> ApiKey {
    let principal = Principal {
        user_id: UserId::new("alice"),
        key_id: Some(KeyId::new("key-1")),
        permissions: Permissions::new(["websocket:connect", "websocket:subscribe:prices"]),
        expires_at,
    };
    ApiKey { principal, enabled }
}

#[tokio::test]
async fn what_is_put_is_found_by_its_hash() {
    let tables = tables().await;
    for stored in [
        record(true, None),
        record(false, Some(UnixMillis(1_764_000_000_123))),
    ] {
        let hash = KeyHash::of("secret");
        tables.keys.put(&hash, &stored).await.unwrap();

        assert_eq!(tables.keys.find(&hash).await.unwrap(), Some(stored));
    }
}

#[tokio::test]
async fn an_unknown_key_is_not_found() {
    let tables = tables().await;

    let found = tables.keys.find(&KeyHash::of("unknown")).await.unwrap();

    assert_eq!(found, None);
}
