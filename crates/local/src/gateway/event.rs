//! The events of a WebSocket API, field for field as Lambda receives them.
//! Recorded samples are in `tests/events`; a test compares the field sets.

use std::collections::BTreeMap;

use bytes::Bytes;
use llama_ws_core::UnixMillis;
use serde::Serialize;

use super::calendar;
use super::ending::Ending;
use super::id;
use super::options::Options;
use super::session::Session;

/// Values by name, as `headers` and `queryStringParameters` hold them: the last of a name wins.
pub(super) type Single = BTreeMap<String, String>;
/// All values by name.
pub(super) type Multi = BTreeMap<String, Vec<String>>;

/// What only the `$connect` event carries.
#[derive(Debug)]
pub(super) struct Handshake {
    /// Headers, with those the gateway adds.
    pub(super) headers: Multi,
    /// Query parameters; empty if there are none.
    pub(super) query: Multi,
}

/// A client message on its way to a function.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    /// The route it was selected for.
    pub(super) route_key: &'a str,
    /// The gateway's id for this request.
    pub(super) request_id: &'a str,
    /// The text.
    pub(super) body: &'a str,
    /// When it came.
    pub(super) at: UnixMillis,
}

/// The `$connect` event.
pub(super) fn connect(options: &Options, session: &Session, handshake: Handshake) -> Bytes {
    let at = session.connected_at;
    let request_id = id::random();
    let request = Request::new("$connect", "CONNECT", &request_id, at);
    let query = (!handshake.query.is_empty()).then_some(handshake.query);
    to_bytes(&Event {
        headers: Some(last_of_each(&handshake.headers)),
        multi_value_headers: Some(handshake.headers),
        query_string_parameters: query.as_ref().map(last_of_each),
        multi_value_query_string_parameters: query,
        request_context: Context::new(options, session, request),
        body: None,
        is_base64_encoded: false,
    })
}

/// The event of a message: no headers, no query.
pub(super) fn message(options: &Options, session: &Session, message: Message<'_>) -> Bytes {
    let route_key = message.route_key;
    let request = Request::new(route_key, "MESSAGE", message.request_id, message.at);
    let mut context = Context::new(options, session, request);
    context.message_id = Some(id::random());
    to_bytes(&Event {
        headers: None,
        multi_value_headers: None,
        query_string_parameters: None,
        multi_value_query_string_parameters: None,
        request_context: context,
        body: Some(message.body),
        is_base64_encoded: false,
    })
}

/// The `$disconnect` event.
pub(super) fn disconnect(
    options: &Options,
    session: &Session,
    ending: &Ending,
    at: UnixMillis,
) -> Bytes {
    let request_id = id::random();
    let request = Request::new("$disconnect", "DISCONNECT", &request_id, at);
    let headers = disconnect_headers(session);
    let mut context = Context::new(options, session, request);
    context.disconnect_status_code = Some(ending.code());
    context.disconnect_reason = Some(ending.reason());
    context.identity.user_agent = None;
    to_bytes(&Event {
        headers: Some(last_of_each(&headers)),
        multi_value_headers: Some(headers),
        query_string_parameters: None,
        multi_value_query_string_parameters: None,
        request_context: context,
        body: None,
        is_base64_encoded: false,
    })
}

/// AWS sends these four and nothing of the handshake.
fn disconnect_headers(session: &Session) -> Multi {
    [
        ("Host", session.host.as_str()),
        ("x-api-key", ""),
        ("X-Forwarded-For", ""),
        ("x-restapi", ""),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
    .collect()
}

fn last_of_each(values: &Multi) -> Single {
    values
        .iter()
        .filter_map(|(name, values)| Some((name.clone(), values.last()?.clone())))
        .collect()
}

/// An event as JSON.
#[expect(
    clippy::expect_used,
    reason = "text keys and plain values always serialise"
)]
pub(super) fn to_bytes(event: &impl Serialize) -> Bytes {
    serde_json::to_vec(event).expect("events serialise").into()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Single>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<Multi>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<Single>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_query_string_parameters: Option<Multi>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    route_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_status_code: Option<u16>,
    event_type: &'static str,
    extended_request_id: &'a str,
    request_time: String,
    message_direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'a str>,
    stage: &'a str,
    connected_at: UnixMillis,
    request_time_epoch: UnixMillis,
    identity: Identity<'a>,
    request_id: &'a str,
    domain_name: &'a str,
    connection_id: &'a str,
    api_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    source_ip: String,
}

/// What differs between two events of one connection.
#[derive(Clone, Copy)]
struct Request<'a> {
    route_key: &'a str,
    event_type: &'static str,
    id: &'a str,
    at: UnixMillis,
}

impl<'a> Request<'a> {
    fn new(route_key: &'a str, event_type: &'static str, id: &'a str, at: UnixMillis) -> Self {
        Self {
            route_key,
            event_type,
            id,
            at,
        }
    }
}

impl<'a> Context<'a> {
    fn new(options: &'a Options, session: &'a Session, request: Request<'a>) -> Self {
        Self {
            route_key: request.route_key,
            message_id: None,
            disconnect_status_code: None,
            event_type: request.event_type,
            extended_request_id: request.id,
            request_time: calendar::request_time(request.at),
            message_direction: "IN",
            disconnect_reason: None,
            stage: &session.stage,
            connected_at: session.connected_at,
            request_time_epoch: request.at,
            identity: Identity {
                user_agent: session.user_agent.as_deref(),
                source_ip: session.source_ip.to_string(),
            },
            request_id: request.id,
            domain_name: &options.domain_name,
            connection_id: &session.id,
            api_id: &options.api_id,
        }
    }
}
