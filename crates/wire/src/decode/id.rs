//! The id a reply echoes.

use super::invalid_message;
use super::object::Object;
use super::value;
use crate::{ErrorBody, RequestId};

/// Most characters a textual id may have.
pub const MAX_ID_CHARS: usize = 64;

const FIELD: &str = "id";

/// The request's id, if it has one; an error if it is not a short text or an integer, or stands twice.
pub(super) fn read(object: &Object<'_>) -> Result<Option<RequestId>, ErrorBody> {
    object.refuse_repeated(&[FIELD])?;
    let Some(raw) = object.get(FIELD) else {
        return Ok(None);
    };
    let text = value::string(raw)
        .filter(|text| text.chars().count() <= MAX_ID_CHARS)
        .map(RequestId::Text);
    let number = || {
        value::finite_number(raw)
            .filter(|number| number.is_i64() || number.is_u64())
            .map(RequestId::Number)
    };
    text.or_else(number).map(Some).ok_or_else(|| {
        invalid_message(
            FIELD,
            format!(
                "`id` must be a string of at most {MAX_ID_CHARS} characters or an integer of 64 bits"
            ),
        )
    })
}
