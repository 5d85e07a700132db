//! A client's message, whichever route brought it: one decoder, one set of use cases.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use bytes::Bytes;
use llama_ws_core::ports::{Ports, Push};
use llama_ws_core::{Caller, ConnectionId, Credential, Refusal, Service};
use llama_ws_wire::{self as wire, Reply, Request, RequestId, Verb};

use super::subscribe::{replace_filters, resume, subscribe, unsubscribe};
use crate::error_table::error_body;
use crate::request::Message;
use crate::response::Response;
use crate::view;

/// Answers with one frame, or with none where the answer was posted.
pub(crate) async fn message<P: Ports>(
    service: &Service<P>,
    event: ApiGatewayWebsocketProxyRequest,
) -> Response {
    let Ok(message) = Message::try_from(event) else {
        return Response::status(400);
    };
    let id = &message.connection_id;
    let (request_id, reply) = match wire::decode(&message.body) {
        Ok(request) => {
            let verb = request.verb.name();
            let request_id = request.id.clone();
            let reply = answer(service, id, request).await;
            tracing::debug!(connection_id = %id, verb, refused = refused(reply.as_ref()), "message");
            (request_id, reply)
        }
        Err(refusal) => (
            refusal.id,
            Some(unreadable(service, id, refusal.error).await),
        ),
    };
    match reply {
        Some(reply) => Response::frame(encode(service, &reply, request_id.as_ref())),
        None => Response::status(200),
    }
}

fn refused(reply: Option<&Reply>) -> Option<&'static str> {
    match reply {
        Some(Reply::Error(error)) => Some(error.code.as_str()),
        _ => None,
    }
}

/// What cannot be read counts as a message as well.
async fn unreadable<P: Ports>(
    service: &Service<P>,
    id: &ConnectionId,
    error: wire::ErrorBody,
) -> Reply {
    let limited = service.admit_message(id).await.err();
    tracing::debug!(connection_id = %id, code = error.code.as_str(), "unreadable message");
    Reply::Error(limited.map_or(error, |refusal| error_body(&refusal)))
}

async fn answer<P: Ports>(
    service: &Service<P>,
    id: &ConnectionId,
    request: Request,
) -> Option<Reply> {
    let dialect = request.dialect;
    let reply = match request.verb {
        Verb::Authenticate(credential) => {
            return authenticate(service, id, credential, request.id).await;
        }
        Verb::Ping => service.admit_message(id).await.map(|()| Reply::Pong {
            connection_id: id.to_string(),
        }),
        Verb::Subscribe(request) => subscribe(service, id, &Caller::Socket, dialect, request).await,
        Verb::Unsubscribe(request) => {
            unsubscribe(service, id, &Caller::Socket, dialect, request).await
        }
        Verb::Filters(request) => replace_filters(service, id, &Caller::Socket, request).await,
        Verb::Subscriptions => service
            .subscription(id, &Caller::Socket)
            .await
            .map(|document| Reply::Subscriptions {
                connection_id: id.to_string(),
                subscription: view::subscription_of(&document),
            }),
        Verb::Stats => service
            .stats_on(id)
            .await
            .map(|counts| Reply::SubscriptionStats {
                stats: view::subscription_stats(&counts),
            }),
        Verb::Resume(request) => resume(service, id, request).await,
    };
    Some(reply.unwrap_or_else(|refusal| Reply::Error(error_body(&refusal))))
}

/// An option of the contract that this version does not carry out. On a socket it counts as what
/// cannot be read does.
pub(super) async fn not_yet<P: Ports>(
    service: &Service<P>,
    id: &ConnectionId,
    caller: &Caller,
    field: &str,
) -> Result<Reply, Refusal> {
    if let Caller::Socket = caller {
        service.admit_message(id).await?;
    }
    let body = wire::ErrorBody::new(
        wire::ErrorCode::InvalidOption,
        format!("`{field}` is not available yet"),
    );
    Ok(Reply::Error(
        body.with_details(serde_json::json!({ "field": field })),
    ))
}

async fn authenticate<P: Ports>(
    service: &Service<P>,
    id: &ConnectionId,
    credential: wire::Credential,
    request_id: Option<RequestId>,
) -> Option<Reply> {
    let credential = match credential {
        wire::Credential::ApiKey(key) => Credential::ApiKey(key),
        wire::Credential::Token(token) => Credential::Token(token),
    };
    let refused = match service.authenticate(id, &credential).await {
        Ok(principal) => {
            return Some(Reply::Authenticated {
                connection_id: id.to_string(),
                user_id: principal.user_id.to_string(),
                permissions: principal.permissions.names().to_vec(),
                expires_at: principal.expires_at.map(|end| end.0),
            });
        }
        Err(refused) => refused,
    };
    let reply = Reply::Error(error_body(&refused.refusal));
    if !refused.ends_connection {
        return Some(reply);
    }
    end(service, id, &reply, request_id.as_ref(), &refused.refusal).await;
    None
}

/// Posts the reason and closes: a reply could lose the race against the close. Only here does a
/// function post, to a connection the worker has never had a reason to post to.
async fn end<P: Ports>(
    service: &Service<P>,
    id: &ConnectionId,
    reply: &Reply,
    request_id: Option<&RequestId>,
    refusal: &Refusal,
) {
    let push = service.ports().push();
    let posted = push
        .post(id, Bytes::from(encode(service, reply, request_id)))
        .await;
    let closed = push.close(id).await;
    tracing::info!(connection_id = %id, %refusal, ?posted, ?closed, "authentication refused");
}

fn encode<P: Ports>(service: &Service<P>, reply: &Reply, request_id: Option<&RequestId>) -> String {
    reply.encode(request_id, service.now().0)
}
