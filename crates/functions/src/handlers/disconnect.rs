//! `$disconnect`. The function's other trigger is in `reap`.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use llama_ws_core::Service;
use llama_ws_core::ports::Ports;

use crate::handle::HandleError;
use crate::request::Disconnect;
use crate::response::Response;

/// Forgets the connection. Nobody reads the answer; an error makes the platform's metrics show it.
pub(crate) async fn disconnect<P: Ports>(
    service: &Service<P>,
    event: ApiGatewayWebsocketProxyRequest,
) -> Result<Response, HandleError> {
    let Ok(disconnect) = Disconnect::try_from(event) else {
        return Ok(Response::status(400));
    };
    let connection_id = &disconnect.connection_id;
    tracing::debug!(%connection_id, status = disconnect.status, "disconnected");
    match service
        .disconnect(connection_id, disconnect.connected_at)
        .await
    {
        Ok(()) => Ok(Response::status(200)),
        Err(refusal) => {
            tracing::error!(%connection_id, %refusal, "a connection may stay until the reaper's next run");
            Err(HandleError::Unavailable)
        }
    }
}
