//! `GET /`: the console page, or what this port is.

use bytes::Bytes;
use http::StatusCode;

use super::reply::{self, Reply};

const ABOUT: &str = "llama-ws: a local API Gateway.\n\
    \n\
    ws://HOST/STAGE?apiKey=KEY            the WebSocket API\n\
    POST|GET|DELETE /@connections/{id}    its management API\n\
    GET  /health, POST /subscribe, ...    the HTTP API\n\
    POST /events                          publishes one event or an array (local only)\n";

/// The page, if there is one.
pub(super) fn answer(console: Option<&'static str>) -> Reply {
    let (kind, page) = match console {
        Some(html) => ("text/html; charset=utf-8", html),
        None => ("text/plain; charset=utf-8", ABOUT),
    };
    reply::with_body(
        StatusCode::OK,
        Some(kind),
        Bytes::from_static(page.as_bytes()),
    )
}
