//! The HTTP API: its routes, all of them on the subscribe function, and its answers.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use llama_ws_core::ports::Clock;
use llama_ws_functions::Function;
use serde_json::Value;

use super::api::Api;
use super::http_event::{self, Arrival};
use super::invoke::{Invoke, InvokeError};
use super::proxy::Proxy;
use super::reply::{self, Reply};

/// The largest request an HTTP API takes: 10 MB.
const BODY_BYTES: usize = 10 * 1024 * 1024;

/// Headers that the connection to the client decides, not the function.
const OF_THE_CONNECTION: [HeaderName; 3] = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];

const ROUTES: [&str; 8] = [
    "POST /subscribe",
    "POST /unsubscribe",
    "GET /subscriptions",
    "POST /filters",
    "GET /subscription-stats",
    "GET /stats",
    "GET /health",
    "POST /broadcast",
];

/// The route key of a request, if it has a route.
pub(super) fn route_key(method: &Method, path: &str) -> Option<&'static str> {
    let has_route = |route: &&str| {
        let (known_method, known_path) = route.split_once(' ').unwrap_or_default();
        known_method == method.as_str() && known_path == path
    };
    ROUTES.into_iter().find(has_route)
}

/// Runs the function and turns its answer into HTTP.
pub(super) async fn answer<C: Clock, I: Invoke>(
    api: &Api<C, I>,
    route_key: &str,
    request: Request<Incoming>,
    arrival: Arrival,
) -> Reply {
    if !api.registry.admit_request() {
        return reply::message(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
    }
    let (parts, body) = request.into_parts();
    let body = match reply::read_body(api.registry.clock(), body, BODY_BYTES).await {
        Ok(body) => body,
        Err(error) => return error.reply(),
    };
    let event = http_event::build(&api.options, route_key, (&parts, &body), arrival);
    match api.run(Function::Subscribe, event).await {
        Ok(answer) => from_function(answer),
        Err(InvokeError::TimedOut) => {
            reply::message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
        }
        Err(InvokeError::Function(_)) => internal_error(),
    }
}

/// The function's answer as HTTP.
fn from_function(answer: Bytes) -> Reply {
    let Some(proxy) = Proxy::parse(&answer) else {
        return inferred(answer);
    };
    let Ok(status) = StatusCode::from_u16(proxy.status_code) else {
        return internal_error();
    };
    let mut headers = headers(&proxy);
    headers
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    let mut reply = reply::with_body(status, None, proxy.into_body().into());
    *reply.headers_mut() = headers;
    reply
}

fn headers(proxy: &Proxy) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in proxy.headers() {
        // A header that HTTP cannot carry is left out.
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        else {
            continue;
        };
        if !OF_THE_CONNECTION.contains(&name) {
            headers.append(name, value);
        }
    }
    headers
}

/// Payload format 2.0: JSON without a `statusCode` is itself the body of a 200.
fn inferred(answer: Bytes) -> Reply {
    match serde_json::from_slice::<Value>(&answer) {
        Ok(value) if value.get("statusCode").is_none() => reply::json(StatusCode::OK, answer),
        _ => internal_error(),
    }
}

fn internal_error() -> Reply {
    reply::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_match_method_and_path_exactly() {
        assert_eq!(
            route_key(&Method::POST, "/subscribe"),
            Some("POST /subscribe")
        );
        assert_eq!(route_key(&Method::GET, "/health"), Some("GET /health"));
        assert_eq!(route_key(&Method::GET, "/subscribe"), None);
        assert_eq!(route_key(&Method::POST, "/subscribe/"), None);
        assert_eq!(route_key(&Method::POST, "/prod/subscribe"), None);
    }
}
