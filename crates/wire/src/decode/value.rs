//! Single values; each reader answers `None` if the value is of another type.

use serde::Deserialize;
use serde_json::Number;
use serde_json::value::RawValue;

/// A text. One with half a surrogate pair is none: it has no UTF-8.
pub(super) fn string(value: &RawValue) -> Option<String> {
    read(value)
}

/// A text with at least one character.
pub(super) fn filled_string(value: &RawValue) -> Option<String> {
    string(value).filter(|text| !text.is_empty())
}

/// A boolean.
pub(super) fn boolean(value: &RawValue) -> Option<bool> {
    read(value)
}

/// A number an `f64` can hold.
pub(super) fn finite_number(value: &RawValue) -> Option<Number> {
    read::<Number>(value).filter(|number| number.as_f64().is_some_and(f64::is_finite))
}

/// An array, its elements unread.
pub(super) fn array(value: &RawValue) -> Option<Vec<&RawValue>> {
    read(value)
}

fn read<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}
