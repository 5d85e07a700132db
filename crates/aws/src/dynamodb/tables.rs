//! Tables for local use and tests, from the definition that is deployed: infra/dynamodb.json.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};
use serde::Deserialize;

use super::client;

const DEFINITION: &str = include_str!("../../../../infra/dynamodb.json");

/// Why a table could not be created. The text is for whoever runs a local store.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TableFault(String);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    resources: Resources,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resources {
    connections_table: Resource,
    api_keys_table: Resource,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    properties: Table,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Table {
    attribute_definitions: Vec<Attribute>,
    key_schema: Vec<Key>,
    #[serde(default)]
    global_secondary_indexes: Vec<Index>,
    time_to_live_specification: Option<TimeToLive>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Index {
    index_name: String,
    key_schema: Vec<Key>,
    projection: IndexProjection,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexProjection {
    projection_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

/// Creates both tables where they are not there yet, under these names.
///
/// # Errors
/// [`TableFault`].
pub async fn create_tables(
    config: &SdkConfig,
    connections: &str,
    api_keys: &str,
) -> Result<(), TableFault> {
    let definition: Definition =
        serde_json::from_str(DEFINITION).map_err(|error| TableFault(error.to_string()))?;
    let client = client(config);
    create(
        &client,
        connections,
        definition.resources.connections_table.properties,
    )
    .await?;
    create(
        &client,
        api_keys,
        definition.resources.api_keys_table.properties,
    )
    .await
}

async fn create(client: &Client, name: &str, table: Table) -> Result<(), TableFault> {
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes(&table.attribute_definitions)?))
        .set_key_schema(Some(keys(&table.key_schema)?))
        .set_global_secondary_indexes(indexes(&table.global_secondary_indexes)?)
        .send()
        .await;
    if let Err(error) = created {
        let in_use = error
            .as_service_error()
            .is_some_and(|error| error.is_resource_in_use_exception());
        return if in_use {
            Ok(())
        } else {
            Err(TableFault(DisplayErrorContext(error).to_string()))
        };
    }
    let Some(life) = table.time_to_live_specification else {
        return Ok(());
    };
    let life = TimeToLiveSpecification::builder()
        .attribute_name(life.attribute_name)
        .enabled(life.enabled)
        .build()
        .map_err(unfit)?;
    let update = client.update_time_to_live().table_name(name);
    match update.time_to_live_specification(life).send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(TableFault(DisplayErrorContext(error).to_string())),
    }
}

fn attributes(attributes: &[Attribute]) -> Result<Vec<AttributeDefinition>, TableFault> {
    let build = |attribute: &Attribute| {
        AttributeDefinition::builder()
            .attribute_name(&attribute.attribute_name)
            .attribute_type(ScalarAttributeType::from(attribute.attribute_type.as_str()))
            .build()
            .map_err(unfit)
    };
    attributes.iter().map(build).collect()
}

fn keys(keys: &[Key]) -> Result<Vec<KeySchemaElement>, TableFault> {
    let build = |key: &Key| {
        KeySchemaElement::builder()
            .attribute_name(&key.attribute_name)
            .key_type(KeyType::from(key.key_type.as_str()))
            .build()
            .map_err(unfit)
    };
    keys.iter().map(build).collect()
}

fn indexes(indexes: &[Index]) -> Result<Option<Vec<GlobalSecondaryIndex>>, TableFault> {
    let build = |index: &Index| {
        let projection = ProjectionType::from(index.projection.projection_type.as_str());
        GlobalSecondaryIndex::builder()
            .index_name(&index.index_name)
            .set_key_schema(Some(keys(&index.key_schema)?))
            .projection(Projection::builder().projection_type(projection).build())
            .build()
            .map_err(unfit)
    };
    let built: Vec<_> = indexes.iter().map(build).collect::<Result<_, _>>()?;
    Ok((!built.is_empty()).then_some(built))
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes the error")]
fn unfit(error: BuildError) -> TableFault {
    TableFault(format!("infra/dynamodb.json: {error}"))
}
