//! An AWS configuration without AWS, patience, and an ear for the log.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_lambda::config::Credentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use llama_ws_aws::ManagementPush;
use llama_ws_core::ConnectionId;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::EnvFilter;

/// Real time after which a test that waits has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must happen soon.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    within(PATIENCE, future).await
}

/// Waits for what must happen within `limit`.
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> F::Output {
    tokio::time::timeout(limit, future).await.expect("in time")
}

/// What the functions have on AWS, with keys that open nothing.
pub(crate) async fn config(endpoint: Option<&str>) -> SdkConfig {
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(http);
    match endpoint {
        Some(endpoint) => loader.endpoint_url(endpoint).load().await,
        None => loader.load().await,
    }
}

pub(crate) async fn push(endpoint: &str) -> ManagementPush {
    ManagementPush::new(&config(None).await, endpoint).unwrap()
}

/// An id as API Gateway makes them.
pub(crate) fn id() -> ConnectionId {
    ConnectionId::new("L0SM9cOFvHcCIhw=")
}

/// Hears what this thread logs until it is dropped.
pub(crate) struct Log {
    lines: Lines,
    _guard: DefaultGuard,
}

impl Log {
    /// Hears what `directives` let through, written as in `RUST_LOG`.
    pub(crate) fn hear(directives: &str) -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(directives))
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        Self {
            lines,
            _guard: guard,
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
