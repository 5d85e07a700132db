//! [`Push`] through API Gateway's `@connections`.
//! Facts: botocore `apigatewaymanagementapi/2018-11-29/service-2.json`.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::http::HttpResponse;
use aws_sdk_apigatewaymanagement::config::{Builder, StalledStreamProtectionConfig};
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_smithy_types::Blob;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use bytes::Bytes;
use llama_ws_core::ConnectionId;
use llama_ws_core::ports::{PostOutcome, Presence, Push};

use crate::endpoint::{InvalidEndpoint, management_url};
use crate::fault;

/// Longest wait for one call, from the first byte to the last.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest wait for a TCP and TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Posts to connections, looks for them and closes them. One per process: a clone shares the
/// pool of kept-alive sockets.
#[derive(Debug, Clone)]
pub struct ManagementPush {
    client: Client,
}

impl ManagementPush {
    /// Calls the API at `endpoint`: `https://` or `wss://`, with the stage if the URL has one.
    ///
    /// The SDK never retries: it counts 429 as a throttle of the whole account, but it may be one
    /// client that does not read, and the worker knows better when to try again.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] when `endpoint` is no such URL.
    pub fn new(config: &SdkConfig, endpoint: &str) -> Result<Self, InvalidEndpoint> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let config = Builder::from(config)
            .endpoint_url(management_url(endpoint)?)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let client = Client::from_conf(config);
        Ok(Self { client })
    }
}

impl Push for ManagementPush {
    async fn post(&self, id: &ConnectionId, frame: Bytes) -> PostOutcome {
        let call = self.client.post_to_connection().connection_id(id.as_str());
        match call.data(Blob::from_maybe_shared(frame)).send().await {
            Ok(_) => PostOutcome::Delivered,
            Err(error) => outcome("PostToConnection", id, &error),
        }
    }

    async fn close(&self, id: &ConnectionId) -> PostOutcome {
        let call = self.client.delete_connection().connection_id(id.as_str());
        match call.send().await {
            Ok(_) => PostOutcome::Delivered,
            Err(error) => outcome("DeleteConnection", id, &error),
        }
    }

    async fn find(&self, id: &ConnectionId) -> Presence {
        let call = self.client.get_connection().connection_id(id.as_str());
        let Err(error) = call.send().await else {
            return Presence::Live;
        };
        match fault::status(&error) {
            Some(200) => Presence::Live,
            Some(410) => Presence::Gone,
            _ => {
                warn("GetConnection", id, &error);
                Presence::Unknown
            }
        }
    }
}

/// What an error means. A malformed id comes back as a 400 that is not modelled, and 403 says that
/// the role lacks `execute-api:ManageConnections`: neither says that the connection is gone.
fn outcome<E>(
    operation: &'static str,
    id: &ConnectionId,
    error: &SdkError<E, HttpResponse>,
) -> PostOutcome {
    match fault::status(error) {
        Some(410) => PostOutcome::Gone,
        Some(413) => PostOutcome::TooLarge,
        Some(429) => PostOutcome::Throttled,
        _ => {
            warn(operation, id, error);
            PostOutcome::Failed
        }
    }
}

fn warn<E>(operation: &'static str, id: &ConnectionId, error: &SdkError<E, HttpResponse>) {
    let status = fault::status(error);
    let reason = fault::reason(error);
    tracing::warn!(operation, connection_id = %id, status, reason, "API Gateway did not answer as hoped");
}
