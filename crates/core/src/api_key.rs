//! API keys as text: `llws_`, 256 random bits in base 62, and a checksum. The prefix lets scanners
//! find keys that leaked; the checksum lets them, and us, tell a key from a typing error without
//! asking a table.

use std::fmt;

use crate::ports::KeyHash;

/// How a key made here begins. A key that begins otherwise is of another origin, and as good.
pub const KEY_PREFIX: &str = "llws_";

/// Digits of 256 bits in base 62.
const SECRET_DIGITS: usize = 43;

/// Digits of a CRC-32 in base 62.
const CHECKSUM_DIGITS: usize = 6;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key in clear, as its owner holds it. It is stored nowhere, and its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(String);

impl SecretKey {
    /// A new key of these random bytes, which must come from a cryptographic source.
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> Self {
        let body = format!("{KEY_PREFIX}{}", base62(random, SECRET_DIGITS));
        let checksum = checksum(&body);
        Self(body + &checksum)
    }

    /// A key as somebody showed it.
    #[must_use]
    pub fn presented(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key in clear.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What it is stored and found by.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash::of(&self.0)
    }

    /// Whether it claims to be made here and cannot be: cut short, mistyped or made up.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        if !self.0.starts_with(KEY_PREFIX) {
            return false;
        }
        let body_chars = KEY_PREFIX.len() + SECRET_DIGITS;
        match self.0.split_at_checked(body_chars) {
            Some((body, end)) => end != checksum(body),
            None => true,
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

fn checksum(body: &str) -> String {
    base62(
        crc32fast::hash(body.as_bytes()).to_be_bytes(),
        CHECKSUM_DIGITS,
    )
}

/// The big-endian number with this many digits.
fn base62<const BYTES: usize>(mut number: [u8; BYTES], digits: usize) -> String {
    let mut text: Vec<u8> = (0..digits).map(|_| digit(&mut number)).collect();
    text.reverse();
    text.into_iter().map(char::from).collect()
}

/// Divides the number by 62, and gives the digit of what remains.
fn digit(number: &mut [u8]) -> u8 {
    let mut rest = 0_u16;
    for byte in number {
        let part = (rest << 8) | u16::from(*byte);
        *byte = u8::try_from(part / 62).unwrap_or(u8::MAX);
        rest = part % 62;
    }
    ALPHABET.get(usize::from(rest)).copied().unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_has_a_prefix_43_digits_and_a_checksum() {
        let zero = SecretKey::from_random([0; 32]);
        let largest = SecretKey::from_random([u8::MAX; 32]);

        assert!(
            zero.reveal()
                .starts_with(&format!("llws_{}", "0".repeat(43)))
        );
        let digits = "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1";
        assert!(largest.reveal().starts_with(&format!("llws_{digits}")));
        assert_eq!((zero.reveal().len(), largest.reveal().len()), (54, 54));
    }

    #[test]
    fn numbers_are_written_in_base_62() {
        assert_eq!(base62([0, 0], 3), "000");
        assert_eq!(base62([0, 61], 2), "0z");
        assert_eq!(base62([0, 62], 2), "10");
        assert_eq!(base62([255, 255], 3), "H31");
        assert_eq!(base62(u32::MAX.to_be_bytes(), 6), "4gfFC3");
        assert_eq!(crc32fast::hash(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_key_of_another_origin_is_never_damaged() {
        for text in ["demo-key", "", "llws", "LLWS_x", " llws_x"] {
            assert!(!SecretKey::presented(text).is_damaged(), "{text}");
        }
    }

    #[test]
    fn the_length_counts() {
        let key = SecretKey::from_random([7; 32]).reveal().to_owned();
        let cut = |chars| key.chars().take(chars).collect::<String>();
        for (text, damaged) in [
            (cut(53), true),
            (key.clone(), false),
            (format!("{key}0"), true),
            ("llws_".to_owned(), true),
            (cut(48), true),
            (format!("llws_{}", "é".repeat(30)), true),
        ] {
            assert_eq!(SecretKey::presented(text).is_damaged(), damaged);
        }
    }

    #[test]
    fn nothing_shows_a_key() {
        let key = SecretKey::presented("secret");

        assert_eq!(
            format!("{key:?} {:?}", key.hash()),
            "SecretKey(…) KeyHash(…)"
        );
    }

    proptest! {
        #[test]
        fn a_new_key_is_whole_and_one_other_character_damages_it(
            random in any::<[u8; 32]>(), place in 5_usize..54, other in 0_usize..62,
        ) {
            let key = SecretKey::from_random(random);
            prop_assert!(!key.is_damaged());
            prop_assert!(key.reveal().bytes().skip(5).all(|byte| byte.is_ascii_alphanumeric()));

            let mut text = key.reveal().as_bytes().to_vec();
            let changed = text[place] != ALPHABET[other];
            text[place] = ALPHABET[other];
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(SecretKey::presented(text).is_damaged(), changed);
        }

        #[test]
        fn different_bits_make_different_keys(one in any::<[u8; 32]>(), other in any::<[u8; 32]>()) {
            let keys = [one, other].map(SecretKey::from_random);
            prop_assert_eq!(keys[0] == keys[1], one == other);
        }
    }
}
