//! DynamoDB, API Gateway management, Lambda and Secrets Manager: the only crate that names an AWS SDK.

mod dynamodb;
mod endpoint;
mod fault;
mod management;
mod push;
mod sdk;
mod secrets;
mod starter;

pub use dynamodb::{
    DynamoConnections, DynamoKeys, KeySource, LlamaAuthKeys, TableFault, create_tables,
};
pub use endpoint::InvalidEndpoint;
pub use management::ManagementPush;
pub use push::{PushConfigFault, SignedPush};
pub use sdk::{local_sdk_config, sdk_config};
pub use secrets::SecretsManager;
pub use starter::LambdaStarter;
