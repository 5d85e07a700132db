//! Filters: types, sizes and the order of the bounds. Nothing is changed, so they can be echoed.

use serde_json::Number;
use serde_json::value::RawValue;

use super::object::Object;
use super::{invalid_message, value};
use crate::filters::{Filters, MAX_FILTER_VALUE_BYTES, MAX_FILTER_VALUES};
use crate::{ErrorBody, ErrorCode, echo};

const FIELD: &str = "filters";

/// The filters, which must be there.
pub(super) fn required(object: &Object<'_>) -> Result<Filters, ErrorBody> {
    optional(object)?.ok_or_else(|| invalid_message(FIELD, "`filters` is required: an object"))
}

/// The filters, if given.
pub(super) fn optional(object: &Object<'_>) -> Result<Option<Filters>, ErrorBody> {
    object.get(FIELD).map(read).transpose()
}

fn read(raw: &RawValue) -> Result<Filters, ErrorBody> {
    let object =
        Object::from_value(raw).ok_or_else(|| invalid(FIELD, "`filters` must be an object"))?;
    object.refuse_repeated(&Filters::FIELDS)?;
    if let Some(unknown) = object.unknown(&Filters::FIELDS) {
        let unknown = echo(unknown);
        return Err(invalid(unknown, format!("`{unknown}` is not a filter")));
    }

    let filters = Filters {
        protocol_ids: list(&object, "protocolIds")?,
        token_ids: list(&object, "tokenIds")?,
        chains: list(&object, "chains")?,
        event_types: list(&object, "eventTypes")?,
        min_value: bound(&object, "minValue")?,
        max_value: bound(&object, "maxValue")?,
    };
    let as_float = |bound: &Option<Number>| bound.as_ref().and_then(Number::as_f64);
    if let (Some(min), Some(max)) = (as_float(&filters.min_value), as_float(&filters.max_value))
        && min > max
    {
        return Err(invalid(
            "minValue",
            "`minValue` must not be above `maxValue`",
        ));
    }
    Ok(filters)
}

fn list(object: &Object<'_>, field: &str) -> Result<Option<Vec<String>>, ErrorBody> {
    let Some(raw) = object.get(field) else {
        return Ok(None);
    };
    let elements = value::array(raw)
        .ok_or_else(|| invalid(field, format!("`{field}` must be an array of strings")))?;
    if elements.len() > MAX_FILTER_VALUES {
        return Err(invalid(
            field,
            format!("`{field}` may list at most {MAX_FILTER_VALUES} values"),
        ));
    }
    let texts = elements.into_iter().map(|element| {
        value::filled_string(element)
            .filter(|text| text.len() <= MAX_FILTER_VALUE_BYTES)
            .ok_or_else(|| {
                invalid(
                    field,
                    format!(
                        "every value of `{field}` must be a non-empty string of at most \
                         {MAX_FILTER_VALUE_BYTES} bytes"
                    ),
                )
            })
    });
    texts.collect::<Result<_, _>>().map(Some)
}

fn bound(object: &Object<'_>, field: &str) -> Result<Option<Number>, ErrorBody> {
    let Some(raw) = object.get(field) else {
        return Ok(None);
    };
    value::finite_number(raw)
        .map(Some)
        .ok_or_else(|| invalid(field, format!("`{field}` must be a finite number")))
}

fn invalid(field: &str, message: impl Into<String>) -> ErrorBody {
    ErrorBody::about(ErrorCode::InvalidFilter, field, message)
}
