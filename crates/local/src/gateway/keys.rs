//! `POST /keys`, which only exists locally: a command about API keys in, its answer out.

use http::{HeaderMap, Request, StatusCode, header};
use hyper::body::Incoming;
use llama_ws_core::KeyFault;
use llama_ws_core::ports::Clock;

use super::api::Api;
use super::invoke::Invoke;
use super::reply::{self, Reply};
use crate::keys::Command;

/// No command is near as long.
const BODY_BYTES: usize = 64 * 1024;

/// Carries out one command.
pub(super) async fn answer<C: Clock, I: Invoke>(
    api: &Api<C, I>,
    request: Request<Incoming>,
) -> Reply {
    if !is_json(request.headers()) {
        let expected = "expected application/json";
        return reply::message(StatusCode::UNSUPPORTED_MEDIA_TYPE, expected);
    }
    let body = match reply::read_body(api.registry.clock(), request.into_body(), BODY_BYTES).await {
        Ok(body) => body,
        Err(error) => return error.reply(),
    };
    let Ok(command) = serde_json::from_slice::<Command>(&body) else {
        return reply::message(StatusCode::BAD_REQUEST, "not a command about keys");
    };
    let Some(outcome) = api.invoker.administer(command).await else {
        let nowhere = "the table of keys is not at hand here: say where it is with --dynamodb";
        return reply::message(StatusCode::NOT_FOUND, nowhere);
    };
    match outcome.map(|answer| serde_json::to_vec(&answer)) {
        Ok(Ok(answer)) => reply::json(StatusCode::OK, answer.into()),
        Ok(Err(_)) => reply::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        Err(fault) => reply::message(status(&fault), &fault.to_string()),
    }
}

/// A page of another origin cannot send this type without asking first, and is not answered.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes() == b"application/json")
}

fn status(fault: &KeyFault) -> StatusCode {
    match fault {
        KeyFault::Unknown => StatusCode::NOT_FOUND,
        KeyFault::Ended | KeyFault::NeedsEnd | KeyFault::Taken => StatusCode::CONFLICT,
        KeyFault::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
