//! DynamoDB, API Gateway management and Lambda: the only crate that names an AWS SDK.
