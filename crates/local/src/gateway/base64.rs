//! The two base64 alphabets API Gateway uses: URL-safe for ids, standard for binary HTTP bodies.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Padded, with `+` and `/`.
pub(super) fn encode(bytes: &[u8]) -> String {
    encode_with(STANDARD, bytes)
}

/// Padded, with `-` and `_`.
pub(super) fn encode_url_safe(bytes: &[u8]) -> String {
    encode_with(URL_SAFE, bytes)
}

fn encode_with(alphabet: &[u8; 64], bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = 0_u32;
        for position in 0..3 {
            group = group << 8 | u32::from(chunk.get(position).copied().unwrap_or(0));
        }
        for position in 0..4 {
            let filled = position <= chunk.len();
            let bits = group >> (18 - 6 * position);
            text.push(if filled { digit(alphabet, bits) } else { '=' });
        }
    }
    text
}

fn digit(alphabet: &[u8; 64], bits: u32) -> char {
    let index = usize::try_from(bits & 0x3f).unwrap_or(0);
    alphabet.get(index).copied().map_or('=', char::from)
}

/// Reads the standard alphabet, padded or not; `None` if it is anything else.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for chunk in digits.chunks(4) {
        let mut group = 0_u32;
        for &character in chunk {
            group = group << 6 | value(character)?;
        }
        let missing = u32::try_from(4 - chunk.len()).ok()?;
        let [_, first, second, third] = (group << (6 * missing)).to_be_bytes();
        let whole = chunk.len().checked_sub(1).filter(|whole| *whole > 0)?;
        bytes.extend([first, second, third].into_iter().take(whole));
    }
    Some(bytes)
}

fn value(character: u8) -> Option<u32> {
    let index = STANDARD.iter().position(|known| *known == character)?;
    u32::try_from(index).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_vectors_encode_and_decode() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in vectors {
            assert_eq!(encode(plain.as_bytes()), encoded);
            assert_eq!(decode(encoded).unwrap(), plain.as_bytes());
        }
    }

    #[test]
    fn alphabets_differ_in_two_characters() {
        assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
        assert_eq!(encode_url_safe(&[0xfb, 0xff]), "-_8=");
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        assert_eq!(decode("a"), None);
        assert_eq!(decode("ab*d"), None);
    }
}
