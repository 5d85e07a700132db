//! A JWKS behind an address: fetched with bounds, and never from where a token says.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use llama_ws_core::ports::Unavailable;

use crate::algorithm::Algorithm;
use crate::cache::KeySource;
use crate::key_set::KeySet;

/// For everything from the name's resolution to the last byte.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Largest answer.
const MAX_BYTES: usize = 256 * 1024;

/// Where a JWKS is: over HTTPS, or on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwksUrl(Uri);

/// The text is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an https:// URL without credentials (http:// only to this machine)")]
pub struct InvalidJwksUrl;

impl FromStr for JwksUrl {
    type Err = InvalidJwksUrl;

    fn from_str(text: &str) -> Result<Self, InvalidJwksUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidJwksUrl)?;
        let authority = uri.authority().ok_or(InvalidJwksUrl)?;
        let host = authority.host();
        let is_safe = match uri.scheme_str() {
            Some("https") => !host.is_empty(),
            Some("http") => is_this_machine(host),
            _ => false,
        };
        if is_safe && !authority.as_str().contains('@') && !text.contains('#') {
            Ok(Self(uri))
        } else {
            Err(InvalidJwksUrl)
        }
    }
}

impl fmt::Display for JwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Fetches the keys of one algorithm.
#[derive(Debug)]
pub(crate) struct Jwks {
    algorithm: Algorithm,
    url: JwksUrl,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
}

impl Jwks {
    /// # Errors
    /// The machine has no root certificates.
    pub(crate) fn new(algorithm: Algorithm, url: JwksUrl) -> std::io::Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .build();
        // Nothing is kept open: a frozen environment would find it broken ten minutes later.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self {
            algorithm,
            url,
            client,
        })
    }

    async fn get(&self) -> Result<Bytes, Unavailable> {
        let request = http::Request::get(&self.url.0)
            .header(header::ACCEPT, "application/json")
            .body(Empty::new())
            .map_err(|_| unavailable("the request could not be built"))?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| unavailable(reason(&error)))?;
        // A redirection is not followed: who may name keys is configured.
        if answer.status() != StatusCode::OK {
            return Err(unavailable(format!("status {}", answer.status().as_u16())));
        }
        let body = Limited::new(answer.into_body(), MAX_BYTES).collect().await;
        let body =
            body.map_err(|_| unavailable("the answer broke off or is larger than 256 KB"))?;
        Ok(body.to_bytes())
    }
}

impl KeySource for Jwks {
    async fn load(&self) -> Result<KeySet, Unavailable> {
        let body = tokio::time::timeout(TIMEOUT, self.get())
            .await
            .map_err(|_| unavailable("no answer within 2 s"))??;
        KeySet::of_jwks(self.algorithm, &body).map_err(|fault| unavailable(fault.to_string()))
    }
}

fn unavailable(reason: impl Into<String>) -> Unavailable {
    Unavailable {
        store: "JWKS",
        reason: reason.into(),
    }
}

fn reason(error: &hyper_util::client::legacy::Error) -> &'static str {
    if error.is_connect() {
        "no connection"
    } else {
        "the exchange failed"
    }
}
