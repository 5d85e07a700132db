//! One secret of Secrets Manager.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{Builder, StalledStreamProtectionConfig};
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use llama_ws_core::ports::Unavailable;

use crate::fault;
use crate::sdk::Patience;

/// A client waits for the answer.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    attempt: Duration::from_millis(900),
    operation: Duration::from_secs(2),
};
const ATTEMPTS: u32 = 2;

/// Fetches one secret. It keeps none.
#[derive(Debug, Clone)]
pub struct SecretsManager {
    client: Client,
    secret: String,
}

impl SecretsManager {
    /// The secret of this ARN or name.
    #[must_use]
    pub fn new(config: &SdkConfig, secret: impl Into<String>) -> Self {
        let config = Builder::from(config)
            .timeout_config(PATIENCE.timeouts())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self {
            client: Client::from_conf(config),
            secret: secret.into(),
        }
    }

    /// The current version's text, or its bytes if it is binary.
    ///
    /// # Errors
    /// [`Unavailable`]: no answer, no such secret, or no permission to read it.
    pub async fn fetch(&self) -> Result<Vec<u8>, Unavailable> {
        let call = self.client.get_secret_value().secret_id(&self.secret);
        let answer = call.send().await.map_err(|error| {
            let code = error.as_service_error().and_then(|error| error.code());
            unavailable(code.map_or_else(|| fault::reason(&error), str::to_owned))
        })?;
        match (answer.secret_string, answer.secret_binary) {
            (Some(text), _) => Ok(text.into_bytes()),
            (None, Some(bytes)) => Ok(bytes.into_inner()),
            (None, None) => Err(unavailable("the secret has no value".to_owned())),
        }
    }
}

fn unavailable(reason: String) -> Unavailable {
    Unavailable {
        store: "secrets manager",
        reason,
    }
}
