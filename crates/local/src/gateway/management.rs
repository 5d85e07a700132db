//! The `@connections` API over HTTP: what a function calls to push, look, and close.
//! Statuses and error types are those of the ApiGatewayManagementApi service model.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use llama_ws_core::ports::Clock;
use serde::Serialize;

use super::calendar;
use super::event::to_bytes;
use super::query::percent_decode;
use super::registry::{ConnectionInfo, PostOutcome, Registry};
use super::reply::{self, BodyError, Reply};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// What is read of a body that is too large anyway, so that its sender reads the answer.
const READ_BYTES: usize = 10 * 1024 * 1024;

/// The connection id of a management path, with or without a stage before it, encoded or not.
pub(super) fn connection_id(path: &str) -> Option<String> {
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let (marker, id) = match segments.as_slice() {
        [marker, id] | [_, marker, id] => (marker, id),
        _ => return None,
    };
    (percent_decode(marker) == "@connections").then(|| percent_decode(id))
}

/// Answers one call about the connection `id`.
pub(super) async fn answer<C: Clock>(
    registry: &Registry<C>,
    request: Request<Incoming>,
    id: &str,
) -> Reply {
    match *request.method() {
        Method::POST => post(registry, request.into_body(), id).await,
        _ if !registry.admit_request() => limit_exceeded(),
        Method::GET => match registry.get(id).await {
            Some(info) => reply::json(StatusCode::OK, description(&info)),
            None => gone(),
        },
        Method::DELETE if registry.close(id).await => reply::empty(StatusCode::NO_CONTENT),
        Method::DELETE => gone(),
        _ => reply::message(StatusCode::NOT_FOUND, "Not Found"),
    }
}

async fn post<C: Clock>(registry: &Registry<C>, body: Incoming, id: &str) -> Reply {
    let data = match reply::read_body(registry.clock(), body, READ_BYTES).await {
        Ok(data) => data,
        Err(BodyError::TooLarge) => return too_large(),
        Err(incomplete) => return incomplete.reply(),
    };
    match registry.post(id, data).await {
        PostOutcome::Delivered => reply::empty(StatusCode::OK),
        PostOutcome::Gone => gone(),
        PostOutcome::TooLarge => too_large(),
        PostOutcome::Throttled | PostOutcome::AccountThrottled => limit_exceeded(),
    }
}

fn gone() -> Reply {
    error(StatusCode::GONE, "GoneException", "Gone")
}

fn too_large() -> Reply {
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    error(status, "PayloadTooLargeException", "Payload Too Large")
}

fn limit_exceeded() -> Reply {
    let status = StatusCode::TOO_MANY_REQUESTS;
    error(status, "LimitExceededException", "Limit Exceeded")
}

fn error(status: StatusCode, kind: &'static str, message: &str) -> Reply {
    let mut reply = reply::message(status, message);
    let kind = HeaderValue::from_static(kind);
    reply.headers_mut().insert(ERROR_TYPE, kind);
    reply
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Description<'a> {
    connected_at: String,
    identity: Identity<'a>,
    last_active_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: &'a str,
    user_agent: &'a str,
}

fn description(info: &ConnectionInfo) -> Bytes {
    to_bytes(&Description {
        connected_at: calendar::iso8601(info.connected_at),
        identity: Identity {
            source_ip: &info.source_ip,
            user_agent: info.user_agent.as_deref().unwrap_or_default(),
        },
        last_active_at: calendar::iso8601(info.last_active_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_every_spelling() {
        let paths = [
            "/@connections/a-_=",
            "/@connections/a-_%3D",
            "/%40connections/a-_%3d",
            "/prod/@connections/a-_=",
            "/prod/%40connections/a-_%3D",
        ];
        for path in paths {
            assert_eq!(connection_id(path).as_deref(), Some("a-_="), "{path}");
        }
    }

    #[test]
    fn other_paths_are_not_management() {
        for path in [
            "/",
            "/@connections",
            "/a/b/@connections/c",
            "/connections/a",
            "",
        ] {
            assert_eq!(connection_id(path), None, "{path}");
        }
    }
}
