//! The HTTP routes. Bodies are the WebSocket replies of the `action` dialect.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use llama_ws_core::ports::Ports;
use llama_ws_core::{Caller, ConnectionId, Principal, Refusal, Service};
use llama_ws_wire::{self as wire, Dialect, ErrorBody, ErrorCode, Reply};

use super::broadcast::broadcast;
use super::subscribe::{replace_filters, subscribe, unsubscribe};
use crate::error_table::error_body;
use crate::request::HttpRequest;
use crate::response::Response;
use crate::view;

/// Answers one HTTP request.
pub(crate) async fn http<P: Ports>(
    service: &Service<P>,
    event: ApiGatewayV2httpRequest,
) -> Response {
    let request = HttpRequest::from(event);
    if request.route == "GET /health" {
        return health(service).await;
    }
    let answer = route(service, &request).await;
    let response = answer.unwrap_or_else(|error| reply(service, &Reply::Error(error)));
    tracing::debug!(route = request.route, status = response.status_code, "http");
    response
}

async fn route<P: Ports>(
    service: &Service<P>,
    request: &HttpRequest,
) -> Result<Response, ErrorBody> {
    let caller = identify(service, request)
        .await
        .map_err(|refusal| error_body(&refusal))?;
    match request.route.as_str() {
        "POST /subscribe" => {
            let (id, wanted) = wire::decode_http_subscribe(&request.body)?;
            let (id, caller) = (ConnectionId::new(id), Caller::Http(caller));
            changed(
                service,
                subscribe(service, &id, &caller, Dialect::Action, wanted).await,
            )
        }
        "POST /unsubscribe" => {
            let (id, wanted) = wire::decode_http_unsubscribe(&request.body)?;
            let (id, caller) = (ConnectionId::new(id), Caller::Http(caller));
            changed(
                service,
                unsubscribe(service, &id, &caller, Dialect::Action, wanted).await,
            )
        }
        "POST /filters" => {
            let (id, wanted) = wire::decode_http_filters(&request.body)?;
            let (id, caller) = (ConnectionId::new(id), Caller::Http(caller));
            changed(
                service,
                replace_filters(service, &id, &caller, wanted).await,
            )
        }
        "GET /subscriptions" => subscriptions(service, request, caller).await,
        "GET /subscription-stats" => {
            let counts = service.stats_for(&caller).await;
            let stats = counts.map(|counts| Reply::SubscriptionStats {
                stats: view::subscription_stats(&counts),
            });
            changed(service, stats)
        }
        "GET /stats" => {
            let counts = service
                .stats_for(&caller)
                .await
                .map_err(|refusal| error_body(&refusal))?;
            Ok(Response::json(
                200,
                view::stats(&counts).encode(service.now().0),
            ))
        }
        "POST /broadcast" => broadcast(service, &caller, &request.body).await,
        _ => Ok(Response::json(404, r#"{"message":"Not Found"}"#.to_owned())),
    }
}

async fn identify<P: Ports>(
    service: &Service<P>,
    request: &HttpRequest,
) -> Result<Principal, Refusal> {
    let credential = request
        .credential
        .as_ref()
        .ok_or(Refusal::Unauthenticated)?;
    service.identify(credential).await
}

async fn subscriptions<P: Ports>(
    service: &Service<P>,
    request: &HttpRequest,
    caller: Principal,
) -> Result<Response, ErrorBody> {
    if let Some(id) = &request.connection_id {
        let document = service
            .subscription(&ConnectionId::new(id.as_str()), &Caller::Http(caller))
            .await;
        let shown = document.map(|document| Reply::Subscriptions {
            connection_id: id.clone(),
            subscription: view::subscription_of(&document),
        });
        return changed(service, shown);
    }
    let after = request.cursor.as_deref().map(ConnectionId::new);
    let page = service
        .connections_of(&caller, after.as_ref())
        .await
        .map_err(|refusal| error_body(&refusal))?;
    let connections = page
        .documents
        .iter()
        .map(|document| wire::ConnectionSubscription {
            connection_id: document.connection_id.to_string(),
            subscription: view::subscription_of(document),
        });
    let page = wire::SubscriptionsPage {
        connections: connections.collect(),
        cursor: page.next.map(|next| next.to_string()),
    };
    Ok(Response::json(200, page.encode(service.now().0)))
}

async fn health<P: Ports>(service: &Service<P>) -> Response {
    let states = service.health().await.into_iter().map(|(name, answers)| {
        let state = if answers {
            wire::DependencyState::Ok
        } else {
            wire::DependencyState::Down
        };
        (name.to_owned(), state)
    });
    let health = wire::Health {
        dependencies: states.collect(),
    };
    Response::json(health.http_status(), health.encode(service.now().0))
}

fn changed<P: Ports>(
    service: &Service<P>,
    outcome: Result<Reply, Refusal>,
) -> Result<Response, ErrorBody> {
    outcome
        .map(|answer| reply(service, &answer))
        .map_err(|refusal| error_body(&refusal))
}

/// A reply as a body: the status is its error's, or 200.
fn reply<P: Ports>(service: &Service<P>, reply: &Reply) -> Response {
    let response = Response::json(reply.http_status(), reply.encode_http(service.now().0));
    match reply {
        Reply::Error(ErrorBody {
            code: ErrorCode::Unauthenticated,
            ..
        }) => response.with_header("www-authenticate", "Bearer"),
        Reply::Error(ErrorBody {
            retry_after_ms: Some(ms),
            ..
        }) => response.with_header("retry-after", ms.div_ceil(1_000).to_string()),
        _ => response,
    }
}
