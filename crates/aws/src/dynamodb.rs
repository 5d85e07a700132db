//! DynamoDB: connections and API keys.

mod connections;
mod item;
mod key_item;
mod key_source;
mod keys;
mod llama_auth;
mod tables;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::retry::RetryConfig;
use llama_ws_core::ports::Unavailable;

pub use connections::DynamoConnections;
pub use key_source::KeySource;
pub use keys::DynamoKeys;
pub use llama_auth::LlamaAuthKeys;
pub use tables::{TableFault, create_tables};

use crate::fault;
use crate::sdk::Patience;

/// How the store is called in `GET /health` and in logs.
const NAME: &str = "dynamodb";

/// A client waits for the answer.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    attempt: Duration::from_millis(700),
    operation: Duration::from_millis(1_500),
};
/// Throttled or failed attempts are made again after a pause of this order.
const BACKOFF: Duration = Duration::from_millis(50);
const ATTEMPTS: u32 = 3;

fn client(config: &SdkConfig) -> Client {
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(BACKOFF);
    let config = Builder::from(config)
        .timeout_config(PATIENCE.timeouts())
        .retry_config(retries)
        .build();
    Client::from_conf(config)
}

/// What went wrong, without anything that was stored or sent.
fn unavailable<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Unavailable {
    let code = error.as_service_error().and_then(E::code);
    faulty(code.map_or_else(|| fault::reason(error), str::to_owned))
}

fn faulty(reason: impl Into<String>) -> Unavailable {
    Unavailable {
        store: NAME,
        reason: reason.into(),
    }
}
