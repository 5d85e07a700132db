//! DynamoDB, API Gateway management and Lambda: the only crate that names an AWS SDK.

mod endpoint;
mod fault;
mod management;
mod starter;

pub use endpoint::InvalidEndpoint;
pub use management::ManagementPush;
pub use starter::LambdaStarter;
