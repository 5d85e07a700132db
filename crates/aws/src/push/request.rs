//! `PostToConnection` as bytes: the same as the SDK sends, but for the headers that tell AWS about
//! the SDK.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT};
use http::uri::InvalidUri;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use llama_ws_core::{ConnectionId, UnixMillis};

use super::canonical::{Canonical, segment};
use super::connection::Frame;
use super::date::Stamp;
use super::key::SigningKey;

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const OCTETS: &str = "application/octet-stream";
const AGENT: &str = concat!("llama-ws/", env!("CARGO_PKG_VERSION"));

/// What is the same in every post to an API.
#[derive(Debug)]
pub(super) struct Template {
    host: String,
    host_header: HeaderValue,
    /// The stage, if the URL has one, with its slash before it.
    stage: String,
}

impl Template {
    /// `None` when no header can carry the URL's host.
    pub(super) fn of(url: &Uri) -> Option<Self> {
        let is_default = |port: &u16| match url.scheme_str() {
            Some("https") => *port == 443,
            _ => *port == 80,
        };
        let name = url.host()?;
        let host = match url.port_u16().filter(|port| !is_default(port)) {
            Some(port) => format!("{name}:{port}"),
            None => name.to_owned(),
        };
        Some(Self {
            host_header: HeaderValue::from_str(&host).ok()?,
            host,
            stage: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// The path of a connection.
    pub(super) fn path(&self, id: &ConnectionId) -> Result<Uri, InvalidUri> {
        let mut path = String::with_capacity(64);
        path.push_str(&self.stage);
        path.push_str("/@connections/");
        path.extend(segment(id.as_str()));
        Uri::try_from(path)
    }

    /// A post of `frame` to the connection at `path`, signed at `now`.
    pub(super) fn post(
        &self,
        path: &Uri,
        frame: &Bytes,
        key: &SigningKey,
        now: UnixMillis,
    ) -> Request<Frame> {
        let stamp = Stamp::at(now);
        let length = HeaderValue::from(frame.len());
        let token = key.session_token();
        let signed = [
            ("content-length", length.to_str().unwrap_or_default()),
            ("content-type", OCTETS),
            ("host", &self.host),
            ("x-amz-date", stamp.as_str()),
            ("x-amz-security-token", token.map_or("", |(_, text)| text)),
        ];
        let (temporary, permanent) = (signed.as_slice(), signed.split_last());
        let permanent = permanent.map_or(temporary, |(_, others)| others);
        let canonical = Canonical {
            method: "POST",
            path: path.path(),
            headers: if token.is_some() {
                temporary
            } else {
                permanent
            },
            payload: frame,
        };
        let authorization = key.authorization(&stamp, &canonical);

        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(HOST, self.host_header.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(OCTETS));
        headers.insert(CONTENT_LENGTH, length);
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if let Ok(stamp) = HeaderValue::from_bytes(stamp.as_bytes()) {
            headers.insert(AMZ_DATE, stamp);
        }
        if let Ok(mut authorization) = HeaderValue::from_maybe_shared(Bytes::from(authorization)) {
            authorization.set_sensitive(true);
            headers.insert(AUTHORIZATION, authorization);
        }
        if let Some((token, _)) = token {
            headers.insert(AMZ_SECURITY_TOKEN, token.clone());
        }
        let mut request = Request::new(Full::new(frame.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.clone();
        *request.headers_mut() = headers;
        request
    }
}

#[cfg(test)]
mod tests;
