//! API keys, found by their hash. The key itself is stored nowhere.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::api_key::SecretKey;
use crate::connection::Principal;
use crate::identifier::KeyId;
use crate::time::UnixMillis;

use super::Unavailable;

/// SHA-256 of an API key. Finding a record by it takes no comparison of secrets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Hashes a key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// As the table writes it: 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What [`to_hex`](Self::to_hex) wrote.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        let digits: Vec<u8> = hex
            .chars()
            .map(|digit| {
                digit
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            })
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit))
            .collect();
        (digits.len() == 64).then_some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

impl Serialize for KeyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for KeyHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hex = String::deserialize(deserializer)?;
        Self::from_hex(&hex).ok_or_else(|| serde::de::Error::custom("not a SHA-256 in hexadecimal"))
    }
}

/// What is stored about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose it is and what it allows; `expires_at` is the key's.
    pub principal: Principal,
    /// Not disabled or revoked.
    pub enabled: bool,
    /// When it was made, where that is known.
    pub created_at: Option<UnixMillis>,
}

impl ApiKey {
    /// The principal, unless the key is disabled or has expired.
    #[must_use]
    pub fn principal_at(self, now: UnixMillis) -> Option<Principal> {
        self.is_good_at(now).then_some(self.principal)
    }

    /// Whether it is neither disabled nor expired.
    #[must_use]
    pub fn is_good_at(&self, now: UnixMillis) -> bool {
        self.enabled && self.principal.expires_at.is_none_or(|end| now < end)
    }
}

/// The table of API keys, as far as who connects needs it.
pub trait ApiKeys: Send + Sync {
    /// The record of a key. It may be a minute old, and no older.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find(
        &self,
        key: &SecretKey,
    ) -> impl Future<Output = Result<Option<ApiKey>, Unavailable>> + Send;

    /// The present records of keys that connections came with; those of keys that the table no
    /// longer has are left out. At most [`MAX_HELD_KEYS`] at a time.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing is known of any of them.
    fn find_held(
        &self,
        held: &[HeldKey],
    ) -> impl Future<Output = Result<HashMap<KeyHash, ApiKey>, Unavailable>> + Send;
}

/// Most keys of one call: `BatchGetItem` takes 100 ("Quotas in Amazon DynamoDB").
pub const MAX_HELD_KEYS: usize = 100;

/// What is known of a key whose connection is open: never the key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeldKey {
    /// Its public name.
    pub id: Option<KeyId>,
    /// Its hash.
    pub hash: KeyHash,
}

/// The table of API keys, as far as who administers it needs it. Reads are of the present state.
pub trait KeyRecords: Send + Sync {
    /// Stores the record of a new key; false when there is one of this hash.
    ///
    /// # Errors
    /// [`Unavailable`]; it may have been stored.
    fn create(
        &self,
        hash: &KeyHash,
        key: &ApiKey,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// The record with this public name.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn by_id(
        &self,
        id: &KeyId,
    ) -> impl Future<Output = Result<Option<(KeyHash, ApiKey)>, Unavailable>> + Send;

    /// A page of all records, in any stable order, of at most `limit`.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn list(
        &self,
        after: Option<&KeyHash>,
        limit: usize,
    ) -> impl Future<Output = Result<KeyPage, Unavailable>> + Send;

    /// Disables a key for good; false when there is none of this hash.
    ///
    /// # Errors
    /// [`Unavailable`]; it may have been disabled.
    fn revoke(&self, hash: &KeyHash) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Lets a key end at `at`, whatever was said before; false when there is none of this hash.
    ///
    /// # Errors
    /// [`Unavailable`]; it may have been changed.
    fn expire(
        &self,
        hash: &KeyHash,
        at: UnixMillis,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;
}

/// Some records, and where the next page starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyPage {
    /// The records.
    pub keys: Vec<ApiKey>,
    /// Pass as `after` to go on; none at the end.
    pub next: Option<KeyHash>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        let hash = KeyHash::of("abc");
        // FIPS 180-2, appendix B.1.
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

        assert_eq!(hash.to_hex(), hex);
        assert_eq!(KeyHash::from_hex(hex), Some(hash));
        let short = hex.trim_end_matches('d');
        for other in ["", short, &format!("{hex}0"), &hex.replace('b', "g")] {
            assert_eq!(KeyHash::from_hex(other), None, "{other}");
        }
    }
}
