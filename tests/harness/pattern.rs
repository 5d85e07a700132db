//! Patterns: JSON with placeholders for what no story can know before.
//! `tests/vectors/service/README.md` lists them for other implementations.

use llama_ws_core::{Offset, UnixMillis};
use serde_json::Value;

/// How far a time on the wire may be from the story's.
const TOLERANCE_MS: u64 = 120_000;

/// The longest a client is told to wait: the window of the rate limits.
const LONGEST_WAIT_MS: u64 = 60_000;

/// What placeholders stand for.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// `$now`, give or take two minutes; any time where it is not known.
    pub now: Option<UnixMillis>,
    /// `$connectionId`; any text where it is not known.
    pub connection_id: Option<&'a str>,
}

/// Where `actual` differs from `pattern` first, if it does. Objects have exactly the same keys.
#[must_use]
pub fn difference(pattern: &Value, actual: &Value, facts: Facts<'_>) -> Option<String> {
    find(pattern, actual, facts, "$")
}

/// Requires `actual` to be as `pattern` says, at any time and on any connection.
///
/// # Panics
/// With the first difference, when it is not.
pub fn assert_like(actual: &Value, pattern: &Value) {
    let anything = Facts {
        now: None,
        connection_id: None,
    };
    if let Some(difference) = difference(pattern, actual, anything) {
        panic!("{difference}\n  expected: {pattern}\n  actual:   {actual}");
    }
}

fn find(pattern: &Value, actual: &Value, facts: Facts<'_>, path: &str) -> Option<String> {
    match (pattern, actual) {
        (Value::String(name), _) if name.starts_with('$') => {
            (!stands_for(name, actual, facts)).then(|| format!("at {path}: {actual} is no {name}"))
        }
        (Value::Object(expected), Value::Object(found)) => {
            let missing = expected.keys().find(|key| !found.contains_key(*key));
            let added = found.keys().find(|key| !expected.contains_key(*key));
            if let Some(key) = missing.or(added) {
                return Some(format!("at {path}: the key {key:?}"));
            }
            expected
                .iter()
                .find_map(|(key, value)| find(value, &found[key], facts, &format!("{path}.{key}")))
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => expected
            .iter()
            .zip(found)
            .enumerate()
            .find_map(|(at, (value, found))| find(value, found, facts, &format!("{path}[{at}]"))),
        _ => (pattern != actual).then(|| format!("at {path}: {actual} is not {pattern}")),
    }
}

fn stands_for(name: &str, actual: &Value, facts: Facts<'_>) -> bool {
    let is_offset = || {
        actual
            .as_str()
            .is_some_and(|text| text.parse::<Offset>().is_ok())
    };
    let is_text = || actual.as_str().is_some_and(|text| !text.is_empty());
    match name {
        "$now" => actual.as_u64().is_some_and(|ms| {
            facts
                .now
                .is_none_or(|now| ms.abs_diff(now.0) <= TOLERANCE_MS)
        }),
        "$connectionId" => match facts.connection_id {
            Some(id) => actual == id,
            None => is_text(),
        },
        "$offset" => is_offset(),
        "$prev" => actual.is_null() || is_offset(),
        "$text" | "$eventId" => is_text(),
        "$count" => actual.is_u64(),
        "$anything" => true,
        "$data" => actual == "$data",
        "$wait" => actual
            .as_u64()
            .is_some_and(|ms| (1..=LONGEST_WAIT_MS).contains(&ms)),
        _ => panic!("{name} is no placeholder"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FACTS: Facts<'_> = Facts {
        now: Some(UnixMillis(1_000_000)),
        connection_id: Some("c"),
    };

    fn differs(pattern: &Value, actual: &Value) -> bool {
        difference(pattern, actual, FACTS).is_some()
    }

    #[test]
    fn every_key_counts_and_so_do_order_and_length_of_lists() {
        let pattern = json!({"a": 1, "b": [1, {"c": null}]});

        assert!(!differs(&pattern, &pattern));
        for actual in [
            json!({"a": 1}),
            json!({"a": 1, "b": [1, {"c": null}], "d": 0}),
            json!({"a": 1, "b": [{"c": null}, 1]}),
            json!({"a": 1, "b": [1, {"c": null}, 2]}),
            json!({"a": 1, "b": [1, {"c": false}]}),
            json!({"a": "1", "b": [1, {"c": null}]}),
        ] {
            assert!(differs(&pattern, &actual), "{actual}");
        }
    }

    #[test]
    fn placeholders_stand_for_their_kind_only() {
        let table = [
            ("$now", json!(1_120_000), json!(1_120_001)),
            ("$connectionId", json!("c"), json!("d")),
            ("$offset", json!("1-0"), json!("1")),
            ("$prev", json!(null), json!("x")),
            ("$text", json!("x"), json!("")),
            ("$count", json!(0), json!(-1)),
            ("$wait", json!(60_000), json!(0)),
        ];
        for (name, good, bad) in table {
            assert!(!differs(&json!(name), &good), "{name}");
            assert!(differs(&json!(name), &bad), "{name}");
        }
    }
}
