//! One level of a published JSON object: its members, their values unread.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Hands over each member in order, repeats included.
///
/// # Errors
/// The value is not an object.
pub(crate) fn each_member<'a>(
    object: &'a RawValue,
    take: impl FnMut(&str, &'a RawValue),
) -> serde_json::Result<()> {
    serde_json::Deserializer::from_str(object.get()).deserialize_map(Members(take))
}

struct Members<F>(F);

impl<'de, F: FnMut(&str, &'de RawValue)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            (self.0)(&key, map.next_value()?);
        }
        Ok(())
    }
}

/// A key with what has no Unicode replaced: one with half a surrogate pair is JSON all the same,
/// and must not hide its neighbours.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(KeyBytes)
    }
}

struct KeyBytes;

impl<'de> Visitor<'de> for KeyBytes {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Key<'de>, E> {
        Ok(Key(String::from_utf8_lossy(bytes)))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Key<'de>, E> {
        Ok(Key(String::from_utf8_lossy(bytes).into_owned().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(json: &str) -> Vec<(String, String)> {
        let object: &RawValue = serde_json::from_str(json).unwrap();
        let mut found = Vec::new();
        each_member(object, |key, value| {
            found.push((key.to_owned(), value.get().to_owned()));
        })
        .unwrap();
        found
    }

    #[test]
    fn members_come_in_order_with_repeats_and_their_values_as_written() {
        let json = r#"{"a": 1.10, "\u0062":{"c" : 1e400},"a":"\ud800"}"#;
        let expected = [
            ("a", "1.10"),
            ("b", r#"{"c" : 1e400}"#),
            ("a", r#""\ud800""#),
        ];

        assert_eq!(
            members(json),
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn a_key_that_is_no_text_hides_no_other() {
        for key in [r"\ud800", r"\udc00x", r"\ud83d\u0041", "é", r"\u0000"] {
            let found = members(&format!(r#"{{"{key}":1,"b":2}}"#));

            assert_eq!(found.len(), 2, "{key}");
            assert_eq!(found[1], ("b".to_owned(), "2".to_owned()), "{key}");
        }
    }

    #[test]
    fn only_an_object_has_members() {
        for json in ["[]", "7", "null", r#""{}""#] {
            let value: &RawValue = serde_json::from_str(json).unwrap();
            assert!(each_member(value, |_, _| {}).is_err(), "{json}");
        }
    }
}
