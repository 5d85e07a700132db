//! Bodies of the HTTP routes that change a subscription: a WebSocket request without verb, with its connection.

use super::object::Object;
use super::{MAX_REQUEST_BYTES, invalid_message, value, verb, within_size};
use crate::{ErrorBody, Subscribe, Unsubscribe, UpdateFilters};

/// Most characters a connection's id may have; the gateway's have 16.
pub const MAX_CONNECTION_ID_CHARS: usize = 128;

const CONNECTION: &str = "connectionId";

const KEYS: [&str; 6] = [
    CONNECTION, "channels", "channel", "filters", "options", "since",
];

/// Reads the body of `POST /subscribe`: the connection, and what it shall join.
///
/// # Errors
///
/// As [`decode`](crate::decode).
pub fn decode_http_subscribe(body: &str) -> Result<(String, Subscribe), ErrorBody> {
    decode(body, verb::subscribe)
}

/// Reads the body of `POST /unsubscribe`: the connection, and what it shall leave.
///
/// # Errors
///
/// As [`decode`](crate::decode).
pub fn decode_http_unsubscribe(body: &str) -> Result<(String, Unsubscribe), ErrorBody> {
    decode(body, verb::unsubscribe)
}

/// Reads the body of `POST /filters`: the connection, and its new filters.
///
/// # Errors
///
/// As [`decode`](crate::decode).
pub fn decode_http_filters(body: &str) -> Result<(String, UpdateFilters), ErrorBody> {
    decode(body, verb::update_filters)
}

fn decode<T>(
    body: &str,
    fields: impl FnOnce(&Object<'_>) -> Result<T, ErrorBody>,
) -> Result<(String, T), ErrorBody> {
    let object = within_size(body, MAX_REQUEST_BYTES).and_then(Object::parse)?;
    object.refuse_repeated(&KEYS)?;
    Ok((connection(&object)?, fields(&object)?))
}

fn connection(object: &Object<'_>) -> Result<String, ErrorBody> {
    object
        .get(CONNECTION)
        .and_then(value::filled_string)
        .filter(|text| text.chars().count() <= MAX_CONNECTION_ID_CHARS)
        .ok_or_else(|| {
            invalid_message(
                CONNECTION,
                format!(
                    "`connectionId` must be a non-empty string of at most \
                     {MAX_CONNECTION_ID_CHARS} characters"
                ),
            )
        })
}
