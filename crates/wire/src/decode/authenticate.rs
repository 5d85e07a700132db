//! The credential of `authenticate`. Its text never reaches a message.

use super::object::Object;
use super::{invalid_message, value};
use crate::{Credential, ErrorBody, ErrorCode};

/// Most bytes a key or token may have.
pub const MAX_CREDENTIAL_BYTES: usize = 4096;

/// Exactly one of `apiKey` and `token`.
pub(super) fn read(object: &Object<'_>) -> Result<Credential, ErrorBody> {
    let key = secret(object, "apiKey")?;
    let token = secret(object, "token")?;
    match (key, token) {
        (Some(key), None) => Ok(Credential::ApiKey(key)),
        (None, Some(token)) => Ok(Credential::Token(token)),
        _ => Err(ErrorBody::new(
            ErrorCode::InvalidMessage,
            "`authenticate` needs either `apiKey` or `token`, and not both",
        )),
    }
}

fn secret(object: &Object<'_>, key: &str) -> Result<Option<String>, ErrorBody> {
    let Some(raw) = object.get(key) else {
        return Ok(None);
    };
    value::filled_string(raw)
        .filter(|text| text.len() <= MAX_CREDENTIAL_BYTES)
        .map(Some)
        .ok_or_else(|| {
            invalid_message(
                key,
                format!(
                    "`{key}` must be a non-empty string of at most {MAX_CREDENTIAL_BYTES} bytes"
                ),
            )
        })
}
