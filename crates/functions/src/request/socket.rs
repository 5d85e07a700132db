//! Requests of the WebSocket API's routes.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use llama_ws_core::{ConnectRequest, ConnectionId, UnixMillis};

use super::credential;

/// The subprotocol of this contract.
pub(crate) const SUBPROTOCOL: &str = "llama.v1";

/// An event that no WebSocket route sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event has no connection")]
pub(crate) struct NotAConnection;

/// `$connect`.
#[derive(Debug)]
pub(crate) struct Connect {
    pub(crate) request: ConnectRequest,
    /// Whether the client offered [`SUBPROTOCOL`].
    pub(crate) offers_subprotocol: bool,
}

impl TryFrom<Event> for Connect {
    type Error = NotAConnection;

    fn try_from(event: Event) -> Result<Self, NotAConnection> {
        let context = &event.request_context;
        let offered = event.headers.get_all("sec-websocket-protocol").iter();
        let offers_subprotocol = offered
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|name| name.trim() == SUBPROTOCOL);
        Ok(Self {
            request: ConnectRequest {
                connection_id: connection_id(&event)?,
                connected_at: connected_at(&event),
                source_ip: context.identity.source_ip.clone().unwrap_or_default(),
                user_agent: context.identity.user_agent.clone(),
                credential: credential(
                    |name| event.query_string_parameters.first(name),
                    &event.headers,
                ),
            },
            offers_subprotocol,
        })
    }
}

/// `$disconnect`.
#[derive(Debug)]
pub(crate) struct Disconnect {
    pub(crate) connection_id: ConnectionId,
    pub(crate) connected_at: UnixMillis,
    pub(crate) status: Option<i64>,
}

impl TryFrom<Event> for Disconnect {
    type Error = NotAConnection;

    fn try_from(event: Event) -> Result<Self, NotAConnection> {
        Ok(Self {
            connection_id: connection_id(&event)?,
            connected_at: connected_at(&event),
            status: event.request_context.disconnect_status_code,
        })
    }
}

/// `$default`, and the routes selected by `$request.body.action`.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) connection_id: ConnectionId,
    pub(crate) body: String,
}

impl TryFrom<Event> for Message {
    type Error = NotAConnection;

    fn try_from(event: Event) -> Result<Self, NotAConnection> {
        Ok(Self {
            connection_id: connection_id(&event)?,
            body: event.body.unwrap_or_default(),
        })
    }
}

fn connection_id(event: &Event) -> Result<ConnectionId, NotAConnection> {
    let id = event
        .request_context
        .connection_id
        .as_deref()
        .filter(|id| !id.is_empty());
    id.map(ConnectionId::new).ok_or(NotAConnection)
}

fn connected_at(event: &Event) -> UnixMillis {
    UnixMillis(u64::try_from(event.request_context.connected_at).unwrap_or(0))
}
