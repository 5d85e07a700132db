//! A WebSocket upgrade: `$connect` decides, and until it has, the connection does not exist.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::request::Parts;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use llama_ws_core::ports::Clock;
use llama_ws_functions::Function;
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::api::Api;
use super::connection;
use super::event::{self, Handshake, Multi};
use super::header_names;
use super::id;
use super::invoke::{Invoke, InvokeError};
use super::proxy::Proxy;
use super::query;
use super::reply::{self, Reply};
use super::session::Session;

/// Headers that are between the client and the gateway only.
const NOT_PASSED_ON: [HeaderName; 2] = [CONNECTION, UPGRADE];

/// Whether a request wants to become a WebSocket.
pub(super) fn is_upgrade<B>(request: &Request<B>) -> bool {
    let upgrade = request.headers().get(UPGRADE);
    upgrade.is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers an upgrade request once `$connect` has decided.
pub(super) async fn answer<C: Clock, I: Invoke>(
    api: Arc<Api<C, I>>,
    mut request: Request<Incoming>,
    peer: SocketAddr,
) -> Reply {
    let url = request.uri().path_and_query();
    if url.is_some_and(|url| url.as_str().len() > api.registry.limits().url_chars) {
        return reply::message(StatusCode::URI_TOO_LONG, "URI Too Long");
    }
    let Ok(accepted) = create_response_with_body(&request, Full::<Bytes>::default) else {
        return reply::message(StatusCode::BAD_REQUEST, "Bad Request");
    };
    if !api.registry.admit_connect() {
        return reply::message(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
    }
    let on_upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let now = api.registry.clock().now();
    let session = Session::new(&parts, peer.ip(), now, api.next_ordinal());
    let handshake = Handshake {
        headers: headers(&parts, &session, api.port),
        query: query_parameters(&parts),
    };
    let (decided, decision) = oneshot::channel();
    let attempt = Attempt {
        session,
        handshake,
        accepted,
        on_upgrade,
        decided,
    };
    api.tasks.spawn(attempt.run(api.clone()));
    decision.await.unwrap_or_else(|_| bad_gateway())
}

/// An upgrade whose `$connect` is running. It lives in its own task, so that a client that leaves
/// early does not stop the function, nor the `$disconnect` that follows an accepted connection.
struct Attempt {
    session: Session,
    handshake: Handshake,
    accepted: Reply,
    on_upgrade: OnUpgrade,
    decided: oneshot::Sender<Reply>,
}

impl Attempt {
    async fn run<C: Clock, I: Invoke>(self, api: Arc<Api<C, I>>) {
        let event = event::connect(&api.options, &self.session, self.handshake);
        let outcome = api.run(Function::Connect, event).await;
        let answer = decide(outcome, self.accepted);
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            let _ = self.decided.send(answer);
            return;
        }
        let (link, waiting) = api.registry.open(self.session);
        // A client that is gone by now shows as an upgrade that fails.
        let _ = self.decided.send(answer);
        connection::run(api, link, waiting, self.on_upgrade).await;
    }
}

fn decide(outcome: Result<Bytes, InvokeError>, mut accepted: Reply) -> Reply {
    let Some(answer) = outcome.ok().and_then(|answer| Proxy::parse(&answer)) else {
        return bad_gateway();
    };
    if !answer.is_success() {
        return refuse(answer);
    }
    if let Some(protocol) = answer.header(SEC_WEBSOCKET_PROTOCOL.as_str()) {
        let Ok(protocol) = HeaderValue::try_from(protocol) else {
            return bad_gateway();
        };
        let headers = accepted.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    accepted
}

/// The handshake fails with the function's own status and body.
fn refuse(answer: Proxy) -> Reply {
    match StatusCode::from_u16(answer.status_code) {
        // 1xx would not end the handshake.
        Ok(status) if !status.is_informational() => {
            reply::with_body(status, None, answer.into_body().into())
        }
        _ => bad_gateway(),
    }
}

fn bad_gateway() -> Reply {
    reply::message(StatusCode::BAD_GATEWAY, "Internal server error")
}

fn query_parameters(request: &Parts) -> Multi {
    let mut parameters = Multi::new();
    for (name, value) in query::pairs(request.uri.query().unwrap_or_default()) {
        parameters.entry(name).or_default().push(value);
    }
    parameters
}

/// The client's headers and those the gateway adds. What a client says in `X-Forwarded-For` is
/// kept before the address it really comes from, as a chain of proxies would.
fn headers(request: &Parts, session: &Session, port: u16) -> Multi {
    let mut headers = Multi::new();
    for (name, value) in &request.headers {
        if NOT_PASSED_ON.contains(name) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers
            .entry(header_names::as_sent(name))
            .or_default()
            .push(value);
    }
    let secs = session.connected_at.as_secs();
    let forwarded_for = forwarded_for(headers.remove("X-Forwarded-For"), session.source_ip);
    let added = [
        ("X-Amzn-Trace-Id", id::trace(secs)),
        ("X-Forwarded-For", forwarded_for),
        ("X-Forwarded-Port", port.to_string()),
        ("X-Forwarded-Proto", "http".to_owned()),
    ];
    for (name, value) in added {
        headers.insert(name.to_owned(), vec![value]);
    }
    headers
}

fn forwarded_for(claimed: Option<Vec<String>>, peer: IpAddr) -> String {
    let mut hops = claimed.unwrap_or_default();
    hops.push(peer.to_string());
    hops.join(", ")
}
