//! Identifiers: newtypes that cannot be mixed up, and the rule for comparing the ids of tokens,
//! protocols and chains.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A WebSocket connection, as API Gateway names it. Opaque: not a capability, not a UUID.
    ConnectionId
);
text_id!(
    /// Whom a credential belongs to.
    UserId
);
text_id!(
    /// The public name of an API key: never the key, never part of it.
    KeyId
);
text_id!(
    /// The identity of an event: the same id is the same event, whichever way it comes.
    EventId
);

/// Longest user id, in bytes.
pub const MAX_USER_ID_BYTES: usize = 256;

/// Most characters an id in a channel may have.
pub const MAX_ID_CHARS: usize = 128;

/// The form in which ids of tokens and protocols compare: a `0x…` address, with the chain before
/// it if there is one (`ethereum:0x…`), in lower case; everything else exactly.
#[must_use]
pub fn canonical_id(id: &str) -> Cow<'_, str> {
    let address = id.rsplit(':').next().unwrap_or(id);
    if is_hex_address(address) && id.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Owned(id.to_ascii_lowercase());
    }
    Cow::Borrowed(id)
}

/// The form in which chains compare: lower case.
#[must_use]
pub fn canonical_chain(chain: &str) -> Cow<'_, str> {
    if chain.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Owned(chain.to_ascii_lowercase());
    }
    Cow::Borrowed(chain)
}

fn is_hex_address(text: &str) -> bool {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether `id` may stand in a channel: 1–128 of letters, digits, `.`, `_`, `-`, and `:` where
/// `colons` allows it.
pub(crate) fn is_channel_id(id: &str, colons: bool) -> bool {
    (1..=MAX_ID_CHARS).contains(&id.len())
        && id.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-') || (colons && b == b':')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_compare_without_case_and_other_ids_exactly() {
        assert_eq!(canonical_id("0xABCdef12"), "0xabcdef12");
        assert_eq!(canonical_id("0XABC"), "0xabc");
        assert_eq!(canonical_id("Ethereum:0xABC"), "ethereum:0xabc");
        assert_eq!(canonical_id("Uniswap-V3"), "Uniswap-V3");
        assert_eq!(
            canonical_id("solana:So11111111111111"),
            "solana:So11111111111111"
        );
        assert_eq!(canonical_id("0x"), "0x");
        assert_eq!(canonical_id("0xZZ"), "0xZZ");
        assert_eq!(canonical_chain("Ethereum"), "ethereum");
    }

    #[test]
    fn an_id_has_1_to_128_allowed_characters() {
        assert!(!is_channel_id("", true));
        assert!(is_channel_id(&"a".repeat(127), false));
        assert!(is_channel_id(&"a".repeat(128), false));
        assert!(!is_channel_id(&"a".repeat(129), false));
        assert!(is_channel_id("a.b_c-D9", false));
        assert!(!is_channel_id("a:b", false));
        assert!(is_channel_id("a:b", true));
        assert!(!is_channel_id("a b", true));
        assert!(!is_channel_id("é", true));
    }
}
