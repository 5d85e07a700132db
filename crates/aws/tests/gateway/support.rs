//! An AWS configuration without AWS, patience, and an ear for the log.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::Once;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_lambda::config::{Credentials, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use bytes::Bytes;
use llama_ws_aws::{ManagementPush, SignedPush};
use llama_ws_core::ConnectionId;
use llama_ws_core::ports::{PostOutcome, Presence, Push};
use llama_ws_functions::SystemClock;
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
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(http());
    match endpoint {
        Some(endpoint) => loader.endpoint_url(endpoint).load().await,
        None => loader.load().await,
    }
}

/// The SDK's HTTP client as the functions have it.
pub(crate) fn http() -> SharedHttpClient {
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// Most connections of the signed client in these tests.
pub(crate) const CONNECTIONS: usize = 8;

/// Both ways to a client, which must not differ in anything a test can see.
pub(crate) enum AnyPush {
    Sdk(ManagementPush),
    Signed(Box<SignedPush<SystemClock>>),
}

/// Both of them for the API at `endpoint`.
pub(crate) async fn pushes(endpoint: &str) -> [AnyPush; 2] {
    let config = config(None).await;
    [
        AnyPush::Sdk(ManagementPush::new(&config, endpoint).unwrap()),
        AnyPush::Signed(Box::new(signed(endpoint).await)),
    ]
}

/// The one that posts on its own connections.
pub(crate) async fn signed(endpoint: &str) -> SignedPush<SystemClock> {
    SignedPush::new(&config(None).await, endpoint, CONNECTIONS, SystemClock).unwrap()
}

impl Push for AnyPush {
    async fn post(&self, id: &ConnectionId, frame: Bytes) -> PostOutcome {
        match self {
            Self::Sdk(push) => push.post(id, frame).await,
            Self::Signed(push) => push.post(id, frame).await,
        }
    }

    async fn close(&self, id: &ConnectionId) -> PostOutcome {
        match self {
            Self::Sdk(push) => push.close(id).await,
            Self::Signed(push) => push.close(id).await,
        }
    }

    async fn find(&self, id: &ConnectionId) -> Presence {
        match self {
            Self::Sdk(push) => push.find(id).await,
            Self::Signed(push) => push.find(id).await,
        }
    }
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
