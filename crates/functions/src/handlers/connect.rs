//! `$connect`.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use llama_ws_core::Service;
use llama_ws_core::ports::Ports;

use crate::error_table::error_body;
use crate::request::{Connect, SUBPROTOCOL};
use crate::response::Response;

/// 200 opens the connection; any other status is the handshake's.
pub(crate) async fn connect<P: Ports>(
    service: &Service<P>,
    event: ApiGatewayWebsocketProxyRequest,
) -> Response {
    let Ok(connect) = Connect::try_from(event) else {
        return Response::status(400);
    };
    let connection_id = connect.request.connection_id.clone();
    match service.connect(connect.request).await {
        Ok(()) if connect.offers_subprotocol => {
            Response::status(200).with_header("Sec-WebSocket-Protocol", SUBPROTOCOL)
        }
        Ok(()) => Response::status(200),
        Err(refusal) => {
            let status = error_body(&refusal).code.http_status();
            tracing::info!(%connection_id, status, %refusal, "connect refused");
            Response::status(status)
        }
    }
}
