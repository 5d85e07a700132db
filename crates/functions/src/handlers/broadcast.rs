//! `POST /broadcast`: an event with a forced channel, or for everybody.

use llama_ws_core::ports::{AppendOutcome, Ports};
use llama_ws_core::{Channel, ChannelFault, Principal, Refusal, Service, Target};
use llama_ws_wire::{self as wire, BroadcastTarget, ErrorBody};

use crate::error_table::{error_body, event_code};
use crate::response::Response;

/// Answers 202: the broadcast is in the log, now or since it was first sent.
pub(super) async fn broadcast<P: Ports>(
    service: &Service<P>,
    caller: &Principal,
    body: &str,
) -> Result<Response, ErrorBody> {
    let wanted = wire::decode_http_broadcast(body)?;
    let target = match wanted.target {
        BroadcastTarget::All => Target::All,
        BroadcastTarget::Channel(name) => Target::Channel(channel(name)?),
    };
    let accepted = service
        .broadcast(caller, target, wanted.message.get())
        .await;
    let (event_id, outcome) = accepted
        .map_err(|refusal| error_body(&refusal))?
        .map_err(|fault| ErrorBody::new(event_code(&fault), fault.to_string()))?;
    let answer = wire::BroadcastAccepted {
        accepted: outcome != AppendOutcome::Duplicate,
        event_id: event_id.to_string(),
    };
    Ok(Response::json(202, answer.encode()))
}

fn channel(name: String) -> Result<Channel, ErrorBody> {
    Channel::parse(&name)
        .map_err(|_| error_body(&Refusal::Channels(vec![(name, ChannelFault::Invalid)])))
}
