//! API keys whose items somebody wrote by hand, or wrote over.

use llama_ws_core::ports::{ApiKey, ApiKeys, KeyHash};
use llama_ws_core::{KeyId, KeyLimits, Permissions, Principal, SecretKey, UnixMillis, UserId};

use crate::table::tables;

fn record(enabled: bool, expires_at: Option<UnixMillis>) -> ApiKey {
    let principal = Principal {
        user_id: UserId::new("alice"),
        key_id: Some(KeyId::new("key-1")),
        key_hash: None,
        permissions: Permissions::new(["websocket:connect", "websocket:subscribe:prices"]),
        expires_at,
        limits: KeyLimits::default(),
    };
    ApiKey {
        principal,
        enabled,
        created_at: None,
    }
}

#[tokio::test]
async fn what_is_put_replaces_what_was() {
    let tables = tables().await;
    for stored in [
        record(true, None),
        record(false, Some(UnixMillis(1_764_000_000_123))),
    ] {
        let hash = KeyHash::of("secret");
        tables.keys.put(&hash, &stored).await.unwrap();

        let found = tables.keys.find(&SecretKey::presented("secret")).await;
        assert_eq!(found.unwrap(), Some(stored));
    }
}
