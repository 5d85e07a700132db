//! [`WorkerStarter`] through Lambda's asynchronous Invoke.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::{Builder, StalledStreamProtectionConfig};
use aws_sdk_lambda::types::InvocationType;
use aws_smithy_types::Blob;
use aws_smithy_types::retry::RetryConfig;
use llama_ws_core::ports::WorkerStarter;

use crate::fault;
use crate::sdk::Patience;

/// What `event-fanout` takes for "be a worker".
const WORK: &[u8] = br#"{"work":{}}"#;

/// Whoever starts a worker has a client waiting. An attempt that is given up may have been taken, and
/// a second worker finds out by itself that it is not needed.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(400),
    attempt: Duration::from_millis(600),
    operation: Duration::from_secs(1),
};
const BACKOFF: Duration = Duration::from_millis(50);
const ATTEMPTS: u32 = 2;

/// Starts `event-fanout`, or nothing where no function is named.
#[derive(Debug, Clone)]
pub struct LambdaStarter {
    target: Option<Target>,
}

#[derive(Debug, Clone)]
struct Target {
    client: Client,
    function_name: String,
}

impl LambdaStarter {
    /// Starts `function_name` (`FANOUT_FUNCTION_NAME`: a name or an ARN). `None` is for a function
    /// that may not start a worker.
    #[must_use]
    pub fn new(config: &SdkConfig, function_name: Option<String>) -> Self {
        let target = function_name.map(|function_name| Target {
            client: client(config),
            function_name,
        });
        Self { target }
    }
}

impl WorkerStarter for LambdaStarter {
    /// 202 says that Lambda has queued the event (botocore `lambda/2015-03-31`, Invoke).
    async fn start(&self) {
        let Some(target) = &self.target else {
            tracing::debug!("no function to start a worker with");
            return;
        };
        let call = target.client.invoke().function_name(&target.function_name);
        let call = call.invocation_type(InvocationType::Event);
        match call.payload(Blob::new(WORK)).send().await {
            Ok(_) => tracing::debug!(function = target.function_name, "worker started"),
            Err(error) => tracing::warn!(
                function = target.function_name,
                status = fault::status(&error),
                reason = fault::reason(&error),
                "no worker started: the schedule will"
            ),
        }
    }
}

fn client(config: &SdkConfig) -> Client {
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(BACKOFF);
    let config = Builder::from(config)
        .timeout_config(PATIENCE.timeouts())
        .retry_config(retries)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    Client::from_conf(config)
}
