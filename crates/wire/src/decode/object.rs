//! One JSON object, its members unread.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::invalid_message;
use crate::{ErrorBody, ErrorCode};

/// The members of an object in the order they were written, repeated keys included.
pub(super) struct Object<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Reads a whole message: `INVALID_JSON` if it is none, `INVALID_MESSAGE` if it is another value.
    pub(super) fn parse(text: &'a str) -> Result<Self, ErrorBody> {
        serde_json::from_str(text).map_err(|_| not_an_object(text))
    }

    /// Reads a value inside a message; `None` if it is not an object.
    pub(super) fn from_value(value: &'a RawValue) -> Option<Self> {
        serde_json::from_str(value.get()).ok()
    }

    /// The first member called `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.named(key).next()
    }

    /// Whether more than one member is called `key`.
    pub(super) fn repeats(&self, key: &str) -> bool {
        self.named(key).nth(1).is_some()
    }

    /// `INVALID_MESSAGE` if one of `keys` stands twice.
    pub(super) fn refuse_repeated(&self, keys: &[&str]) -> Result<(), ErrorBody> {
        keys.iter()
            .find(|key| self.repeats(key))
            .map_or(Ok(()), |key| {
                Err(invalid_message(
                    key,
                    format!("`{key}` is given more than once"),
                ))
            })
    }

    /// The first member that is none of `keys`.
    pub(super) fn unknown(&self, keys: &[&str]) -> Option<&str> {
        self.members
            .iter()
            .map(|(key, _)| key.as_ref())
            .find(|key| !keys.contains(key))
    }

    fn named(&self, key: &str) -> impl Iterator<Item = &'a RawValue> {
        self.members
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| *value)
    }
}

/// Why `text` is no object. The grammar decides whether it is JSON: a number too large for us still is,
/// and so is a key with half a surrogate pair.
fn not_an_object(text: &str) -> ErrorBody {
    let Ok(value) = serde_json::from_str::<&RawValue>(text) else {
        return ErrorBody::new(ErrorCode::InvalidJson, "the message is not valid JSON");
    };
    let message = if value.get().starts_with('{') {
        "a key of the message is not valid Unicode"
    } else {
        "a message must be a JSON object"
    };
    ErrorBody::new(ErrorCode::InvalidMessage, message)
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(key), value)) = map.next_entry()? {
            members.push((key, value));
        }
        Ok(Object { members })
    }
}

/// A key, borrowed unless it holds escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
