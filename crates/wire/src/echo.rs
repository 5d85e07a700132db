//! How much of a client's own text a message to it may repeat.

/// Most characters of a client's own text an error message repeats.
pub const MAX_ECHO_CHARS: usize = 64;

/// The first [`MAX_ECHO_CHARS`] characters of `text`, for use in a message to the client.
#[must_use]
pub fn echo(text: &str) -> &str {
    text.char_indices()
        .nth(MAX_ECHO_CHARS)
        .and_then(|(end, _)| text.get(..end))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{MAX_ECHO_CHARS, echo};

    #[test]
    fn texts_are_cut_between_characters() {
        for character in ["x", "é", "€", "🦙"] {
            let longest = character.repeat(MAX_ECHO_CHARS);

            for short in [
                String::new(),
                character.repeat(MAX_ECHO_CHARS - 1),
                longest.clone(),
            ] {
                assert_eq!(echo(&short), short);
            }
            assert_eq!(echo(&format!("{longest}x")), longest);
            assert_eq!(echo(&character.repeat(1_000)), longest);
        }
    }
}
