//! What all clients share: region, endpoints, credentials, and one pool of HTTPS connections.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_types::timeout::TimeoutConfig;

/// How long a client of AWS waits.
pub(crate) struct Patience {
    /// For a TCP and TLS handshake.
    pub(crate) connect: Duration,
    /// For one attempt.
    pub(crate) attempt: Duration,
    /// In all, retries included.
    pub(crate) operation: Duration,
}

impl Patience {
    /// As the SDKs take it.
    pub(crate) fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.operation)
            .build()
    }
}

/// Reads AWS's own variables (`AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`, credentials…), as every SDK
/// does.
pub async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(https())
        .load()
        .await
}

/// For an emulator at `endpoint`, which wants credentials and checks none.
pub async fn local_sdk_config(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(https())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(endpoint)
        .load()
        .await
}

/// TLS on ring: aws-lc spends 31 ms of CPU on its first random number.
fn https() -> SharedHttpClient {
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}
