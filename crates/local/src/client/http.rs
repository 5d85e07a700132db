//! A small HTTP client: JSON there, bytes back, connections kept.

use std::time::Duration;

use ::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::reach::{CONNECT_TIMEOUT, Unreachable};
use super::url::HttpUrl;

/// API Gateway gives up on a function after 29 s; then its answer is due.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(35);
/// Lambda answers with 6 MB at most.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// An HTTP client; clones share its connections.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What came back, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Bytes,
}

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The server cannot be reached, or hung up.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// What was asked for makes no HTTP request.
    #[error("not an HTTP request: {0}")]
    Invalid(String),
}

impl HttpClient {
    /// A client without any connection yet.
    #[must_use]
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
        }
    }

    /// Asks for `url`.
    ///
    /// # Errors
    /// [`HttpError`] when there is no reply; any status is a reply.
    pub async fn get(&self, url: &HttpUrl) -> Result<Reply, HttpError> {
        self.send(Method::GET, url, Bytes::new()).await
    }

    /// Sends `body`, which is JSON, to `url`.
    ///
    /// # Errors
    /// [`HttpError`] when there is no reply; any status is a reply.
    pub async fn post(&self, url: &HttpUrl, body: Bytes) -> Result<Reply, HttpError> {
        self.send(Method::POST, url, body).await
    }

    async fn send(&self, method: Method, url: &HttpUrl, body: Bytes) -> Result<Reply, HttpError> {
        let mut request = Request::builder().method(method).uri(url.uri());
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| HttpError::Invalid(error.to_string()))?;

        let answer = tokio::time::timeout(ANSWER_TIMEOUT, self.exchange(url, request));
        let timed_out = || Unreachable::TimedOut(url.authority().to_owned());
        Ok(answer.await.map_err(|_| timed_out())??)
    }

    async fn exchange(
        &self,
        url: &HttpUrl,
        request: Request<Full<Bytes>>,
    ) -> Result<Reply, Unreachable> {
        let response = self
            .client
            .request(request)
            .await
            .map_err(|error| Unreachable::from_error(url.authority(), &error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES)
            .collect()
            .await
            .map_err(|error| Unreachable::from_error(url.authority(), &*error))?;
        Ok(Reply {
            status,
            body: body.to_bytes(),
        })
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}
