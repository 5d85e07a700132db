//! An AWS configuration without AWS, patience, and an ear for the log.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::Once;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_lambda::config::Credentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use llama_ws_aws::ManagementPush;
use llama_ws_core::ConnectionId;
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
    listen();
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

thread_local! {
    /// What this thread has logged. A test is a thread, or follows another on it.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One subscriber for all tests, there before anything is logged: `tracing` remembers for all
/// threads whether anybody listens.
fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("debug"))
            .with_ansi(false)
            .with_writer(|| Ear)
            .init();
    });
}

/// Forgets what an earlier test has logged.
pub(crate) fn hear() {
    LOGGED.with_borrow_mut(Vec::clear);
}

/// What this test and the SDK have logged since `hear`, debug level included.
pub(crate) fn logged() -> String {
    LOGGED.with_borrow(|lines| String::from_utf8(lines.clone()).unwrap())
}

/// What the adapters have logged since `hear`, debug level included.
pub(crate) fn own_log() -> String {
    let own = |line: &&str| line.contains(" llama_ws_aws::");
    let lines: Vec<_> = logged().lines().filter(own).map(str::to_owned).collect();
    lines.join("\n")
}

struct Ear;

impl io::Write for Ear {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|lines| lines.extend_from_slice(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
