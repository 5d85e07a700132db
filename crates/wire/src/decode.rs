//! From a client's text to a [`Request`], strictly.
//!
//! Values are kept as raw text until a field asks for them, so nothing in a field nobody reads matters:
//! neither its size, nor its depth, nor its numbers. No step recurses, so depth cannot overflow the stack.
//! When a request has several faults, the first is told in this order: size, JSON, object, repeated keys, `id`,
//! verb, and then the verb's fields in the order of its type.

mod authenticate;
mod broadcast;
mod channels;
mod filters;
mod http;
mod id;
mod object;
mod offset;
mod options;
mod value;
mod verb;

use crate::{ErrorBody, ErrorCode, Refusal, Request};

use object::Object;

pub use authenticate::MAX_CREDENTIAL_BYTES;
pub use broadcast::{MAX_BROADCAST_BYTES, decode_http_broadcast};
pub use channels::MAX_CHANNEL_COUNT;
pub use http::{
    MAX_CONNECTION_ID_CHARS, decode_http_filters, decode_http_subscribe, decode_http_unsubscribe,
};
pub use id::MAX_ID_CHARS;

/// Most bytes a message of a client may have.
pub const MAX_REQUEST_BYTES: usize = 32 * 1024;

/// Every key of a WebSocket request. None of them may stand twice, whatever the verb:
/// the gateway routes by its own parser, and two readers may prefer different copies.
const KEYS: [&str; 10] = [
    "id", "type", "action", "channels", "channel", "filters", "options", "since", "apiKey", "token",
];

/// Reads one WebSocket message.
///
/// # Errors
///
/// A [`Refusal`] that carries the request's id whenever it could be read.
pub fn decode(text: &str) -> Result<Request, Refusal> {
    let anonymous = |error| Refusal { id: None, error };
    let object = within_size(text, MAX_REQUEST_BYTES)
        .and_then(Object::parse)
        .map_err(anonymous)?;
    let id = id::read(&object);
    let echo = id.as_ref().ok().cloned().flatten();

    let request = object.refuse_repeated(&KEYS).and_then(|()| {
        let id = id?;
        let (dialect, verb) = verb::read(&object)?;
        Ok(Request { id, dialect, verb })
    });
    request.map_err(|error| Refusal { id: echo, error })
}

fn within_size(text: &str, max_bytes: usize) -> Result<&str, ErrorBody> {
    if text.len() > max_bytes {
        return Err(ErrorBody::new(
            ErrorCode::PayloadTooLarge,
            format!("a request may have at most {max_bytes} bytes"),
        ));
    }
    Ok(text)
}

/// The error for a field that is missing, of the wrong type or out of place.
fn invalid_message(field: &str, message: impl Into<String>) -> ErrorBody {
    ErrorBody::about(ErrorCode::InvalidMessage, field, message)
}
