//! The table of keys that DefiLlama has already.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use llama_ws_aws::{LlamaAuthKeys, local_sdk_config};
use llama_ws_core::ports::{ApiKeys, HeldKey};
use llama_ws_core::{KeyId, Permissions, SecretKey};
use llama_ws_test_servers::dynamodb::DynamoDb;

use crate::table::run;

struct Auth {
    keys: LlamaAuthKeys,
    client: Client,
    table: String,
    /// It must outlive the test.
    _server: Arc<DynamoDb>,
}

impl Auth {
    /// The table as it is, empty.
    async fn new() -> Self {
        let server = DynamoDb::shared();
        let sdk = local_sdk_config(&server.endpoint()).await;
        let (client, table) = (Client::new(&sdk), format!("auth-{}", run()));
        let pk = AttributeDefinition::builder()
            .attribute_name("PK")
            .attribute_type(ScalarAttributeType::S);
        let hash = KeySchemaElement::builder()
            .attribute_name("PK")
            .key_type(KeyType::Hash);
        let create = client.create_table().table_name(&table);
        let create = create.billing_mode(BillingMode::PayPerRequest);
        let create = create.attribute_definitions(pk.build().unwrap());
        let create = create.key_schema(hash.build().unwrap());
        create.send().await.unwrap();
        let permissions = Permissions::new(["websocket:connect"]);
        Self {
            keys: LlamaAuthKeys::new(&sdk, &table, permissions),
            client,
            table,
            _server: server,
        }
    }

    async fn put(&self, attributes: &[(&str, &str)]) {
        let item: HashMap<_, _> = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), AttributeValue::S((*value).to_owned())))
            .collect();
        let put = self.client.put_item().table_name(&self.table);
        put.set_item(Some(item)).send().await.unwrap();
    }

    async fn stands(&self, key: &str, address: Option<&str>) -> bool {
        let held = HeldKey {
            id: address.map(KeyId::new),
            hash: SecretKey::presented(key).hash(),
        };
        let found = self.keys.find_held(&[held]).await.unwrap();
        !found.is_empty()
    }
}

#[tokio::test]
async fn a_key_that_is_there_is_good_and_its_user_is_named_after_its_hash() {
    let auth = Auth::new().await;
    auth.put(&[("PK", "auth#abc"), ("address", "0xABC")]).await;

    let found = auth.keys.find(&SecretKey::presented("abc")).await.unwrap();

    let principal = found.expect("the key").principal;
    // FIPS 180-2, appendix B.1.
    assert_eq!(
        principal.user_id.as_str(),
        "key_ba7816bf8f01cfea414140de5dae2223"
    );
    assert_eq!(principal.key_id, Some(KeyId::new("0xabc")));
    assert_eq!(
        principal.permissions,
        Permissions::new(["websocket:connect"])
    );
    for other in ["ab", "abcd", "ABC", "auth#abc", ""] {
        let found = auth.keys.find(&SecretKey::presented(other)).await.unwrap();
        assert_eq!(found, None, "{other}");
    }
}

#[tokio::test]
async fn a_key_stands_until_its_owner_has_another_or_none() {
    let auth = Auth::new().await;
    assert!(!auth.stands("abc", Some("0xabc")).await);
    auth.put(&[("PK", "addressKey#0xabc"), ("apiKey", "abc")])
        .await;
    assert!(auth.stands("abc", Some("0xabc")).await);
    assert!(!auth.stands("abc", Some("0xdef")).await);

    auth.put(&[("PK", "addressKey#0xabc"), ("apiKey", "new")])
        .await;
    assert!(!auth.stands("abc", Some("0xabc")).await);
    assert!(auth.stands("new", Some("0xabc")).await);
    assert!(auth.stands("of-nobody-known", None).await);
}
