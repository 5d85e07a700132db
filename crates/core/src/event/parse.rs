//! From published bytes to a checked [`Event`].

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Event, Priority, Repeats, Target};
use crate::identifier::{EventId, MAX_ID_CHARS, MAX_USER_ID_BYTES, UserId};
use crate::members::each_member;
use crate::time::UnixMillis;

/// Largest frame one event may make, in bytes: under API Gateway's 128 KB message payload quota
/// with room for what the frame adds.
pub const MAX_FRAME_BYTES: usize = 120 * 1024;

/// Upper bound of what a frame adds to `data`: the longest type, id, offsets and five spelled
/// channels, once in `channel` and once in `channels`.
const FRAME_OVERHEAD_BYTES: usize = 2_560;

/// Most characters in an event type.
const MAX_TYPE_CHARS: usize = 64;

/// Frame types of the contract, which no event may take as its own.
pub const RESERVED_TYPES: &[&str] = &[
    "authenticated",
    "pong",
    "subscription_result",
    "subscription_confirmed",
    "unsubscription_result",
    "unsubscription_confirmed",
    "subscriptions",
    "filters_updated",
    "subscription_stats",
    "resume_started",
    "resume_result",
    "batch",
    "auth_expiring",
    "goodbye",
    "error",
];

/// What the way in knows of an event beyond its bytes.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// When it came.
    pub now: UnixMillis,
    /// Its identity if it brings none.
    pub fallback_id: EventId,
    /// Where it goes.
    pub target: Target,
}

/// Why published bytes are no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventFault {
    /// A field is missing or wrong.
    #[error("{0}")]
    Invalid(String),
    /// The frame would pass [`MAX_FRAME_BYTES`].
    #[error("the event's frame would pass {MAX_FRAME_BYTES} bytes")]
    TooLarge,
}

/// Types read leniently first, so that each fault can name its field. Unknown fields are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    event_id: Option<&'a RawValue>,
    #[serde(borrow)]
    event_type: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    user_id: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl Event {
    /// Checks one published event.
    ///
    /// # Errors
    /// [`EventFault::Invalid`] naming the field, [`EventFault::TooLarge`].
    pub fn parse(json: &str, arrival: Arrival) -> Result<Self, EventFault> {
        // A list of the fields' values would do for serde.
        if !json.trim_start().starts_with('{') {
            return Err(invalid("an event must be an object"));
        }
        let envelope: Envelope<'_> = serde_json::from_str(json)
            .map_err(|error| invalid(format!("not an event object: {error}")))?;
        let event_type = event_type(&envelope)?;
        let data = envelope.data.ok_or_else(|| invalid("`data` is required"))?;
        if !data.get().starts_with('{') {
            return Err(invalid("`data` must be an object"));
        }
        if data.get().len() + FRAME_OVERHEAD_BYTES > MAX_FRAME_BYTES {
            return Err(EventFault::TooLarge);
        }
        let metadata = Metadata::read(envelope.metadata)?;
        Ok(Self {
            id: event_id(envelope.event_id)?.unwrap_or(arrival.fallback_id),
            timestamp: timestamp(envelope.timestamp)?.unwrap_or(arrival.now),
            user_id: user_id(envelope.user_id, &metadata.user_ids, &user_ids_in(data)?)?,
            priority: priority(&event_type, &metadata.tags),
            event_type,
            data: data.to_owned().into(),
            target: arrival.target,
            repeats: Repeats::ById,
        })
    }
}

fn invalid(message: impl Into<String>) -> EventFault {
    EventFault::Invalid(message.into())
}

fn event_type(envelope: &Envelope<'_>) -> Result<String, EventFault> {
    let raw = envelope
        .event_type
        .or(envelope.kind)
        .ok_or_else(|| invalid("`eventType` or `type` is required"))?;
    let name: String =
        serde_json::from_str(raw.get()).map_err(|_| invalid("`eventType` must be a string"))?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if !(1..=MAX_TYPE_CHARS).contains(&name.len()) || !name.bytes().all(allowed) {
        return Err(invalid(
            "`eventType` must be 1 to 64 letters, digits, `_`, `.` or `-`",
        ));
    }
    if RESERVED_TYPES.contains(&name.as_str()) {
        return Err(invalid("`eventType` is a frame type of the contract"));
    }
    Ok(name)
}

fn event_id(raw: Option<&RawValue>) -> Result<Option<EventId>, EventFault> {
    let Some(raw) = raw else { return Ok(None) };
    let id: String =
        serde_json::from_str(raw.get()).map_err(|_| invalid("`eventId` must be a string"))?;
    if !(1..=MAX_ID_CHARS).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(invalid(
            "`eventId` must be 1 to 128 visible ASCII characters",
        ));
    }
    Ok(Some(EventId::new(id)))
}

fn timestamp(raw: Option<&RawValue>) -> Result<Option<UnixMillis>, EventFault> {
    let Some(raw) = raw else { return Ok(None) };
    let ms = serde_json::from_str(raw.get())
        .map_err(|_| invalid("`timestamp` must be whole milliseconds"))?;
    Ok(Some(UnixMillis(ms)))
}

fn priority(event_type: &str, tags: &[String]) -> Priority {
    if event_type == "alert" || tags.iter().any(|tag| tag == "extreme-change") {
        return Priority::High;
    }
    Priority::Normal
}

/// Whose event it is: every place that names a user must name the same one. A name that cannot be
/// read is refused, never taken for "everybody".
fn user_id(
    top: Option<&RawValue>,
    metadata: &[String],
    data: &[String],
) -> Result<Option<UserId>, EventFault> {
    let top = top.map(|raw| one_user(raw.get())).transpose()?;
    let mut named = top.iter().chain(metadata).chain(data);
    let Some(first) = named.next() else {
        return Ok(None);
    };
    if named.any(|other| other != first) {
        return Err(invalid(
            "`userId` names different users in different places",
        ));
    }
    Ok(Some(UserId::new(first.as_str())))
}

fn one_user(json: &str) -> Result<String, EventFault> {
    let user: String =
        serde_json::from_str(json).map_err(|_| invalid("`userId` must be a string"))?;
    if !(1..=MAX_USER_ID_BYTES).contains(&user.len()) {
        return Err(invalid("`userId` must be 1 to 256 bytes"));
    }
    Ok(user)
}

#[derive(Default)]
struct Metadata {
    tags: Vec<String>,
    user_ids: Vec<String>,
}

impl Metadata {
    fn read(raw: Option<&RawValue>) -> Result<Self, EventFault> {
        let Some(raw) = raw else {
            return Ok(Self::default());
        };
        let mut tags = Vec::new();
        let mut user_ids = Vec::new();
        each_member(raw, |key, value| match key {
            "tags" => tags = texts(value),
            "userId" => user_ids.push(value),
            _ => {}
        })
        .map_err(|_| invalid("`metadata` must be an object"))?;
        Ok(Self {
            tags,
            user_ids: named_users(user_ids)?,
        })
    }
}

/// The texts in a list, whatever else is in it; none where there is no list.
fn texts(json: &RawValue) -> Vec<String> {
    let items: Vec<&RawValue> = serde_json::from_str(json.get()).unwrap_or_default();
    items
        .into_iter()
        .filter_map(|item| serde_json::from_str(item.get()).ok())
        .collect()
}

/// Every `userId` of `data`: all of them, so that no repeated key can hide one.
fn user_ids_in(data: &RawValue) -> Result<Vec<String>, EventFault> {
    let mut user_ids = Vec::new();
    each_member(data, |key, value| {
        if key == "userId" {
            user_ids.push(value);
        }
    })
    .map_err(|_| invalid("`data` must be an object"))?;
    named_users(user_ids)
}

fn named_users(user_ids: Vec<&RawValue>) -> Result<Vec<String>, EventFault> {
    user_ids
        .into_iter()
        .map(RawValue::get)
        .filter(|json| *json != "null")
        .map(one_user)
        .collect()
}

#[cfg(test)]
mod tests;
