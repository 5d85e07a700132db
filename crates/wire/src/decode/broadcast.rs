//! The body of `POST /broadcast`: for whom, and the event, which is passed on unread.

use serde_json::value::RawValue;

use super::object::Object;
use super::{channels, invalid_message, value, within_size};
use crate::{Broadcast, BroadcastTarget, ErrorBody};

/// Most bytes the body of a broadcast may have: room for the largest event and whatever surrounds it.
pub const MAX_BROADCAST_BYTES: usize = 256 * 1024;

const KEYS: [&str; 3] = ["all", "channel", "message"];

/// Reads the body of `POST /broadcast`. The event's own fields, and its size, are checked where events are.
///
/// # Errors
///
/// As [`decode`](crate::decode).
pub fn decode_http_broadcast(body: &str) -> Result<Broadcast, ErrorBody> {
    let object = within_size(body, MAX_BROADCAST_BYTES).and_then(Object::parse)?;
    object.refuse_repeated(&KEYS)?;
    Ok(Broadcast {
        target: target(&object)?,
        message: message(&object)?,
    })
}

fn target(object: &Object<'_>) -> Result<BroadcastTarget, ErrorBody> {
    let all = match object.get("all") {
        None => false,
        Some(raw) => value::boolean(raw)
            .ok_or_else(|| invalid_message("all", "`all` must be true or false"))?,
    };
    let channel = object.get("channel").map(channels::single).transpose()?;
    match (all, channel) {
        (true, None) => Ok(BroadcastTarget::All),
        (false, Some(channel)) => Ok(BroadcastTarget::Channel(channel)),
        _ => Err(invalid_message(
            "channel",
            "a broadcast needs either `channel` or `\"all\": true`, and not both",
        )),
    }
}

fn message(object: &Object<'_>) -> Result<Box<RawValue>, ErrorBody> {
    object
        .get("message")
        .filter(|raw| raw.get().starts_with('{'))
        .map(ToOwned::to_owned)
        .ok_or_else(|| invalid_message("message", "`message` is required: an object"))
}
