//! HTTP bodies in and out: the gateway's own answers, and reading a request within its limits.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use llama_ws_core::ports::Clock;
use tokio::select;

/// How long a client may take to send a request's body.
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Every answer this gateway gives is complete when it is sent.
pub(super) type Reply = Response<Full<Bytes>>;

/// An empty answer.
pub(super) fn empty(status: StatusCode) -> Reply {
    with_body(status, None, Bytes::new())
}

/// `{"message":"…"}`, the shape of the gateway's own errors.
pub(super) fn message(status: StatusCode, text: &str) -> Reply {
    let body = serde_json::json!({ "message": text }).to_string();
    json(status, body.into())
}

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: Bytes) -> Reply {
    with_body(status, Some("application/json"), body)
}

/// An answer of some type.
pub(super) fn with_body(
    status: StatusCode,
    content_type: Option<&'static str>,
    body: Bytes,
) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    if let Some(content_type) = content_type {
        let value = HeaderValue::from_static(content_type);
        reply.headers_mut().insert(CONTENT_TYPE, value);
    }
    reply
}

/// Why a request's body is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// Longer than the limit.
    TooLarge,
    /// Not all of it came, or not in time.
    Incomplete,
}

/// Reads a whole body of at most `limit_bytes`.
pub(super) async fn read_body<C: Clock>(
    clock: &C,
    body: Incoming,
    limit_bytes: usize,
) -> Result<Bytes, BodyError> {
    let deadline = clock.now().plus(BODY_READ_TIMEOUT);
    select! {
        biased;
        body = Limited::new(body, limit_bytes).collect() => match body {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
            Err(_) => Err(BodyError::Incomplete),
        },
        () = clock.sleep_until(deadline) => Err(BodyError::Incomplete),
    }
}

impl BodyError {
    /// The answer to a request whose body could not be read.
    pub(super) fn reply(self) -> Reply {
        match self {
            Self::TooLarge => message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::Incomplete => message(StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
        }
    }
}
