//! A client's message: throttle, route, function, and the reply of a two-way route.

use std::sync::Arc;

use bytes::Bytes;
use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::api::Api;
use super::event::{self, Message};
use super::id;
use super::invoke::{Invoke, InvokeError};
use super::proxy::Proxy;
use super::registry::Link;

/// A message that came in.
#[derive(Debug)]
pub(super) struct Arrived {
    /// The connection it came on, and the way back.
    pub(super) link: Arc<Link>,
    /// What the client sent.
    pub(super) text: Utf8Bytes,
    /// How many messages this connection sent before.
    pub(super) ordinal: u64,
    /// When it came.
    pub(super) at: UnixMillis,
    /// Whether the account's throttle let it pass.
    pub(super) admitted: bool,
}

/// Answers a message. Nothing is sent for a function that returns an empty body, nor to a client
/// whose buffer is full.
pub(super) async fn answer<C: Clock, I: Invoke>(api: &Api<C, I>, arrived: Arrived) {
    let request_id = id::random();
    let reply = match invoke(api, &arrived, &request_id).await {
        Ok(reply) => reply,
        Err(fault) => Some(fault.frame(&arrived.link.session().id, &request_id)),
    };
    let Some(reply) = reply else {
        return;
    };
    let now = api.registry.clock().now();
    if let Err(refused) = arrived.link.send(reply, now) {
        tracing::debug!(
            connection = arrived.link.session().id,
            ?refused,
            "reply dropped"
        );
    }
}

/// What the gateway itself says instead of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The account's throttle is empty. The frame's text is not documented; 429's is.
    Throttled,
    /// No route matches and there is no `$default`.
    Forbidden,
    /// The function failed, was late, or answered with anything but a success.
    Integration,
}

impl Fault {
    /// The frame, spaced exactly as AWS sends it.
    fn frame(self, connection_id: &str, request_id: &str) -> Utf8Bytes {
        let message = match self {
            Self::Throttled => "Too Many Requests",
            Self::Forbidden => "Forbidden",
            Self::Integration => "Internal server error",
        };
        format!(
            r#"{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#
        )
        .into()
    }
}

async fn invoke<C: Clock, I: Invoke>(
    api: &Api<C, I>,
    arrived: &Arrived,
    request_id: &str,
) -> Result<Option<Utf8Bytes>, Fault> {
    if !arrived.admitted {
        return Err(Fault::Throttled);
    }
    let body = arrived.text.as_str();
    let session = arrived.link.session();
    let (route_key, function) = api.options.routes.select(body).ok_or(Fault::Forbidden)?;
    if let Some(jitter) = &api.options.jitter {
        let delay = jitter.delay(session.ordinal, arrived.ordinal);
        let clock = api.registry.clock();
        clock.sleep_until(arrived.at.plus(delay)).await;
    }
    let message = Message {
        route_key,
        request_id,
        body,
        at: arrived.at,
    };
    let event = event::message(&api.options, session, message);
    let answer = api.run(function, event).await;
    reply(answer, api.registry.limits().message_bytes)
}

/// The body of a successful answer, if it has one.
fn reply(
    answer: Result<Bytes, InvokeError>,
    limit_bytes: usize,
) -> Result<Option<Utf8Bytes>, Fault> {
    let answer = answer.map_err(|_| Fault::Integration)?;
    let answer = Proxy::parse(&answer)
        .filter(Proxy::is_success)
        .ok_or(Fault::Integration)?;
    let body = String::from_utf8(answer.into_body()).map_err(|_| Fault::Integration)?;
    if body.len() > limit_bytes {
        return Err(Fault::Integration);
    }
    Ok((!body.is_empty()).then(|| body.into()))
}
