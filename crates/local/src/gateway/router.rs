//! Everything the one port answers, in one place: the WebSocket API, its management API,
//! the HTTP API, and what exists only locally.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use llama_ws_core::ports::Clock;

use super::api::Api;
use super::handshake;
use super::home;
use super::http_api;
use super::http_event::Arrival;
use super::ingest;
use super::invoke::Invoke;
use super::keys;
use super::management;
use super::reply::{self, Reply};

/// Answers one request.
pub(super) async fn answer<C: Clock, I: Invoke>(
    api: Arc<Api<C, I>>,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Reply {
    if handshake::is_upgrade(&request) {
        return handshake::answer(api, request, peer).await;
    }
    let path = request.uri().path();
    if let Some(id) = management::connection_id(path) {
        return management::answer(&api.registry, request, &id).await;
    }
    if let Some(route_key) = http_api::route_key(request.method(), path) {
        let arrival = Arrival {
            peer,
            port: api.port,
            at: api.registry.clock().now(),
        };
        return http_api::answer(&api, route_key, request, arrival).await;
    }
    match (request.method(), path) {
        (&Method::GET, "/") => home::answer(api.options.console),
        (&Method::POST, "/keys") => keys::answer(&api, request).await,
        (&Method::POST, "/events") => ingest::answer(&api, request).await,
        _ => reply::message(StatusCode::NOT_FOUND, "Not Found"),
    }
}
