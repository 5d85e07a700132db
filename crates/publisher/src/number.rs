//! Numbers on the wire: JSON has no NaN and no infinity, so such a number is an error, not `null`.

use std::collections::BTreeMap;

use serde::Serializer;
use serde::ser::{Error, SerializeMap};

pub(crate) fn finite<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(checked(*number)?)
}

pub(crate) fn finite_option<S: Serializer>(
    number: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => serializer.serialize_some(&checked(*number)?),
        None => serializer.serialize_none(),
    }
}

pub(crate) fn finite_map<S: Serializer>(
    numbers: &BTreeMap<String, f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(numbers.len()))?;
    for (name, number) in numbers {
        map.serialize_entry(name, &checked(*number)?)?;
    }
    map.end()
}

fn checked<E: Error>(number: f64) -> Result<f64, E> {
    if number.is_finite() {
        Ok(number)
    } else {
        Err(E::custom(format_args!("{number} is not a JSON number")))
    }
}
