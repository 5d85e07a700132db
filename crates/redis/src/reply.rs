//! Answers of commands and scripts, taken apart.

use fred::types::Value;
use llama_ws_core::Offset;
use llama_ws_core::ports::Unavailable;

use crate::fault::unavailable;

/// The elements of a list; none of a nil.
pub(crate) fn list(value: Value) -> Result<Vec<Value>, Unavailable> {
    match value {
        Value::Array(values) => Ok(values),
        Value::Null => Ok(Vec::new()),
        other => Err(unexpected("a list", &other)),
    }
}

/// A list of exactly `N` elements.
pub(crate) fn array<const N: usize>(value: Value) -> Result<[Value; N], Unavailable> {
    let values = list(value)?;
    let found = values.len();
    values
        .try_into()
        .map_err(|_| unavailable(format!("answered {found} values instead of {N}")))
}

/// Text; empty for a nil.
pub(crate) fn text(value: Value) -> Result<String, Unavailable> {
    let kind = value.kind();
    if value.is_null() {
        return Ok(String::new());
    }
    value
        .into_string()
        .ok_or_else(|| unavailable(format!("answered a {kind} instead of text")))
}

/// A number that is not negative.
pub(crate) fn number(value: Value) -> Result<u64, Unavailable> {
    match value.as_u64() {
        Some(number) => Ok(number),
        None => Err(unexpected("a number", &value)),
    }
}

/// 1 or 0.
pub(crate) fn flag(value: Value) -> Result<bool, Unavailable> {
    Ok(number(value)? == 1)
}

/// A place in a stream; zero for a nil.
pub(crate) fn offset(value: Value) -> Result<Offset, Unavailable> {
    let text = text(value)?;
    if text.is_empty() {
        return Ok(Offset::ZERO);
    }
    text.parse()
        .map_err(|error| unavailable(format!("answered {text:?}: {error}")))
}

/// The names and values of a flat list, as hashes and stream entries answer.
pub(crate) fn pairs(values: Vec<Value>) -> Result<Vec<(String, String)>, Unavailable> {
    let mut values = values.into_iter();
    let mut pairs = Vec::with_capacity(values.len() / 2);
    while let (Some(name), Some(value)) = (values.next(), values.next()) {
        pairs.push((text(name)?, text(value)?));
    }
    Ok(pairs)
}

fn unexpected(wanted: &str, found: &Value) -> Unavailable {
    unavailable(format!("answered a {} instead of {wanted}", found.kind()))
}
