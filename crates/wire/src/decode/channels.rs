//! Channel names: `channels`, or the single `channel`. What a name means is decided elsewhere.

use serde_json::json;
use serde_json::value::RawValue;

use super::object::Object;
use super::{invalid_message, value};
use crate::{ErrorBody, ErrorCode};

/// Most channels one request may list.
pub const MAX_CHANNEL_COUNT: usize = 50;

const LIST: &str = "channels";
const SINGLE: &str = "channel";

/// At least one channel.
pub(super) fn required(object: &Object<'_>) -> Result<Vec<String>, ErrorBody> {
    optional(object)?.ok_or_else(|| {
        invalid_message(LIST, "`channels` is required: a non-empty array of strings")
    })
}

/// At least one channel, or none named at all.
pub(super) fn optional(object: &Object<'_>) -> Result<Option<Vec<String>>, ErrorBody> {
    match (object.get(LIST), object.get(SINGLE)) {
        (Some(_), Some(_)) => Err(invalid_message(
            SINGLE,
            "give either `channels` or `channel`, not both",
        )),
        (Some(raw), None) => list(raw).map(Some),
        (None, Some(raw)) => single(raw).map(|channel| Some(vec![channel])),
        (None, None) => Ok(None),
    }
}

/// The one channel of the field `channel`.
pub(super) fn single(raw: &RawValue) -> Result<String, ErrorBody> {
    value::filled_string(raw)
        .ok_or_else(|| invalid_message(SINGLE, "`channel` must be a non-empty string"))
}

fn list(raw: &RawValue) -> Result<Vec<String>, ErrorBody> {
    let wrong = || {
        invalid_message(
            LIST,
            "`channels` must be a non-empty array of non-empty strings",
        )
    };
    let elements = value::array(raw).ok_or_else(wrong)?;
    if elements.is_empty() {
        return Err(wrong());
    }
    if elements.len() > MAX_CHANNEL_COUNT {
        return Err(ErrorBody::new(
            ErrorCode::TooManyChannels,
            format!("a request may list at most {MAX_CHANNEL_COUNT} channels"),
        )
        .with_details(json!({ "limit": MAX_CHANNEL_COUNT })));
    }
    elements
        .into_iter()
        .map(|element| value::filled_string(element).ok_or_else(wrong))
        .collect()
}
