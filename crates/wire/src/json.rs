//! Turning our own types into text, which cannot fail, and cutting texts short.

use serde::Serialize;

/// `value` as JSON text.
///
/// The types of this crate have string keys and no failing parts, so the fallback is unreachable;
/// it is a frame a client understands rather than a panic.
pub(crate) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| {
        r#"{"type":"error","code":"INTERNAL","message":"the reply could not be written","retryable":true}"#
            .to_owned()
    })
}

/// The first `max_chars` characters of `text`.
pub(crate) fn shorten(text: &str, max_chars: usize) -> &str {
    text.char_indices()
        .nth(max_chars)
        .and_then(|(end, _)| text.get(..end))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn texts_are_cut_between_characters() {
        for (text, expected) in [
            ("", ""),
            ("abc", "abc"),
            ("abcd", "abcd"),
            ("abcde", "abcd"),
            ("€€€€", "€€€€"),
            ("€€€€€", "€€€€"),
        ] {
            assert_eq!(shorten(text, 4), expected);
        }
    }
}
