//! The case of header names, which HTTP ignores and functions see.

use http::HeaderName;

/// A name as clients write it: each word capitalised, `Sec-WebSocket-Key` with its inner capital.
/// API Gateway passes names on as they were sent; by the time they are here, only lower case is
/// left, so this is what most clients send.
pub(super) fn as_sent(name: &HeaderName) -> String {
    let words: Vec<_> = name.as_str().split('-').map(capitalised).collect();
    words.join("-")
}

fn capitalised(word: &str) -> String {
    if word == "websocket" {
        return "WebSocket".to_owned();
    }
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_capitalised_by_word() {
        let cases = [
            ("host", "Host"),
            ("user-agent", "User-Agent"),
            ("sec-websocket-key", "Sec-WebSocket-Key"),
            ("x--a", "X--A"),
        ];
        for (lower, sent) in cases {
            assert_eq!(as_sent(&HeaderName::from_static(lower)), sent);
        }
    }
}
