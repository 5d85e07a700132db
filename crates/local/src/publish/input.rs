//! Events in a text: one object, an array of them, or one after the other (NDJSON).
//! Each keeps its bytes as they were typed.

use serde_json::value::RawValue;

/// Why a text holds no events.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Not JSON; the cause says where.
    #[error("not JSON")]
    NotJson(#[from] serde_json::Error),
    /// Something that is no object, counted from 1.
    #[error("event {0} is not a JSON object")]
    NotAnObject(usize),
    /// Nothing in it.
    #[error("no events")]
    Empty,
}

/// The events in `text`, in order.
///
/// # Errors
/// [`InputError`]; then none of the events should be published.
pub fn parse(text: &str) -> Result<Vec<Box<RawValue>>, InputError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let events: Vec<Box<RawValue>> = if text.starts_with('[') {
        serde_json::from_str(text)?
    } else {
        serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect::<Result<_, _>>()?
    };
    if events.is_empty() {
        return Err(InputError::Empty);
    }
    match events
        .iter()
        .position(|event| !event.get().starts_with('{'))
    {
        Some(place) => Err(InputError::NotAnObject(place + 1)),
        None => Ok(events),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let events = parse(text).unwrap();
        let texts: Vec<&str> = events.iter().map(|event| event.get()).collect();
        assert_eq!(texts, expected, "{text}");
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = parse(text).unwrap_err();
        let cause = error
            .source()
            .map_or_else(String::new, |cause| format!(": {cause}"));
        assert_eq!(format!("{error}{cause}"), expected, "{text}");
    }

    #[test]
    fn one_object_may_span_lines() {
        check("{\n  \"a\": 1.50\n}\n", &["{\n  \"a\": 1.50\n}"]);
    }

    #[test]
    fn arrays_are_taken_apart() {
        check(r#" [ {"a": 1} , {"b":2}] "#, &[r#"{"a": 1}"#, r#"{"b":2}"#]);
    }

    #[test]
    fn lines_are_one_event_each() {
        check(
            "{\"a\":1}\n\n{\"b\": 1e3}\r\n{}\n",
            &[r#"{"a":1}"#, r#"{"b": 1e3}"#, "{}"],
        );
        check("\u{feff}{}", &["{}"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        check_refused("", "no events");
        check_refused(" \n", "no events");
        check_refused("[]", "no events");
        check_refused(
            "{\"a\":1}\nnonsense\n",
            "not JSON: expected ident at line 2 column 2",
        );
        check_refused(
            "{\"a\":1",
            "not JSON: EOF while parsing an object at line 1 column 6",
        );
        check_refused(
            "[{}] {}",
            "not JSON: trailing characters at line 1 column 6",
        );
        check_refused("{}\n7\n", "event 2 is not a JSON object");
        check_refused("{}\n[{}]\n", "event 2 is not a JSON object");
        check_refused("[{},null]", "event 2 is not a JSON object");
    }
}
