//! The changes of a subscription, shared by WebSocket and HTTP.

use llama_ws_core::ports::Ports;
use llama_ws_core::{
    Caller, ChannelOptions, ConnectionId, DeliveryRequest, Offset, Refusal, Service,
    SubscribeRequest,
};
use llama_ws_wire::{self as wire, ChannelResult, Dialect, Reply};

use super::message::not_yet;
use crate::error_table::channel_code;
use crate::view;

/// `subscribe`.
pub(super) async fn subscribe<P: Ports>(
    service: &Service<P>,
    id: &ConnectionId,
    caller: &Caller,
    dialect: Dialect,
    request: wire::Subscribe,
) -> Result<Reply, Refusal> {
    if let Some(field) = unavailable_option(&request) {
        return not_yet(service, id, caller, field).await;
    }
    let filters = request.filters.unwrap_or_default();
    let wanted = SubscribeRequest {
        channels: request.channels.clone(),
        filters: view::filters_in(filters.clone()),
        options: ChannelOptions {
            conflate: request.options.conflate == Some(true),
        },
        delivery: DeliveryRequest {
            batch: request.options.batch,
            max_rate: request.options.max_rate,
        },
        all_or_nothing: dialect == Dialect::Action,
        since: request.since.as_deref().map(offset).transpose()?,
    };
    let subscribed = service.subscribe(id, caller, wanted).await?;
    let connection_id = id.to_string();
    let offset = subscribed.offset.to_string();
    if dialect == Dialect::Action {
        return Ok(Reply::SubscriptionConfirmed {
            connection_id,
            offset,
            channels: request.channels,
            filters,
            subscribed_at: subscribed.subscribed_at.0,
        });
    }
    let results = request
        .channels
        .into_iter()
        .zip(subscribed.results)
        .map(|(channel, result)| match result {
            Ok(()) => ChannelResult::subscribed(channel),
            Err(fault) => ChannelResult::failed(channel, channel_code(fault), fault.to_string()),
        });
    Ok(Reply::SubscriptionResult {
        connection_id,
        offset,
        results: results.collect(),
    })
}

/// The first option asked for that comes with a later version.
fn unavailable_option(request: &wire::Subscribe) -> Option<&'static str> {
    let options = &request.options;
    [(options.snapshot == Some(true), "snapshot")]
        .into_iter()
        .find_map(|(asked, field)| asked.then_some(field))
}

/// `resume`.
pub(super) async fn resume<P: Ports>(
    service: &Service<P>,
    id: &ConnectionId,
    request: wire::Resume,
) -> Result<Reply, Refusal> {
    service.resume(id, offset(&request.since)?).await?;
    Ok(Reply::ResumeStarted {
        connection_id: id.to_string(),
        since: request.since,
    })
}

fn offset(text: &str) -> Result<Offset, Refusal> {
    text.parse().map_err(|_| Refusal::InvalidOffset)
}

/// `unsubscribe`.
pub(super) async fn unsubscribe<P: Ports>(
    service: &Service<P>,
    id: &ConnectionId,
    caller: &Caller,
    dialect: Dialect,
    request: wire::Unsubscribe,
) -> Result<Reply, Refusal> {
    let left = service
        .unsubscribe(id, caller, request.channels.as_deref())
        .await?;
    Ok(match dialect {
        Dialect::Type => Reply::UnsubscriptionResult { channels: left },
        Dialect::Action => Reply::UnsubscriptionConfirmed {
            channels: request.channels,
        },
    })
}

/// `filters`.
pub(super) async fn replace_filters<P: Ports>(
    service: &Service<P>,
    id: &ConnectionId,
    caller: &Caller,
    request: wire::UpdateFilters,
) -> Result<Reply, Refusal> {
    let filters = view::filters_in(request.filters);
    let (offset, held) = service
        .replace_filters(id, caller, &filters, request.channels.as_deref())
        .await?;
    Ok(Reply::FiltersUpdated {
        offset: offset.to_string(),
        subscription: view::subscription(&held),
    })
}
