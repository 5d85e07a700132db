//! Delivery options: types, the range of the rate and what the rate needs beside it.

use serde_json::Number;

use super::object::Object;
use super::value;
use crate::options::{MAX_RATE, MIN_RATE, Options};
use crate::{ErrorBody, ErrorCode, echo};

const FIELD: &str = "options";
const RATE: &str = "maxRate";

/// The options; none given if absent.
pub(super) fn read(object: &Object<'_>) -> Result<Options, ErrorBody> {
    let Some(raw) = object.get(FIELD) else {
        return Ok(Options::default());
    };
    let object =
        Object::from_value(raw).ok_or_else(|| invalid(FIELD, "`options` must be an object"))?;
    object.refuse_repeated(&Options::FIELDS)?;
    if let Some(unknown) = object.unknown(&Options::FIELDS) {
        let unknown = echo(unknown);
        return Err(invalid(unknown, format!("`{unknown}` is not an option")));
    }

    let options = Options {
        batch: switch(&object, "batch")?,
        conflate: switch(&object, "conflate")?,
        snapshot: switch(&object, "snapshot")?,
        max_rate: rate(&object)?,
    };
    let thinned = options.batch == Some(true) || options.conflate == Some(true);
    if options.max_rate.is_some() && !thinned {
        return Err(invalid(
            RATE,
            "`maxRate` needs `batch` or `conflate` in the same request",
        ));
    }
    Ok(options)
}

fn switch(object: &Object<'_>, field: &str) -> Result<Option<bool>, ErrorBody> {
    let Some(raw) = object.get(field) else {
        return Ok(None);
    };
    value::boolean(raw)
        .map(Some)
        .ok_or_else(|| invalid(field, format!("`{field}` must be true or false")))
}

fn rate(object: &Object<'_>) -> Result<Option<f64>, ErrorBody> {
    let Some(raw) = object.get(RATE) else {
        return Ok(None);
    };
    value::finite_number(raw)
        .as_ref()
        .and_then(Number::as_f64)
        .filter(|rate| (MIN_RATE..=MAX_RATE).contains(rate))
        .map(Some)
        .ok_or_else(|| {
            invalid(
                RATE,
                format!("`maxRate` must be a number from {MIN_RATE} to {MAX_RATE}"),
            )
        })
}

fn invalid(field: &str, message: impl Into<String>) -> ErrorBody {
    ErrorBody::about(ErrorCode::InvalidOption, field, message)
}
