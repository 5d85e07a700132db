//! Making, finding, revoking and rotating API keys: what an operator does, over [`KeyRecords`].

use std::time::Duration;

use crate::api_key::SecretKey;
use crate::connection::{KeyLimits, Principal};
use crate::identifier::{KeyId, UserId};
use crate::permissions::Permissions;
use crate::ports::{ApiKey, KeyHash, KeyRecords, Unavailable};
use crate::time::UnixMillis;

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Whose it is.
    pub user_id: UserId,
    /// What it allows.
    pub permissions: Permissions,
    /// Limits of its own.
    pub limits: KeyLimits,
    /// When it ends.
    pub expires_at: Option<UnixMillis>,
}

/// A key that was made. The secret is nowhere else, and cannot be had again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedKey {
    /// What the owner gets.
    pub secret: SecretKey,
    /// What is stored.
    pub record: ApiKey,
}

/// How a key is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// How long the old key works beside the new one.
    pub overlap: Duration,
    /// When the new key ends. One that replaces a key with an end must have one.
    pub expires_at: Option<UnixMillis>,
}

/// Why a key was not made or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// No key has this id.
    #[error("no key has this id")]
    Unknown,
    /// It is revoked or has expired: there is nothing to replace.
    #[error("the key is revoked or has expired")]
    Ended,
    /// The old key has an end, and the new one would have none.
    #[error("the key has an end, so the new one needs one too")]
    NeedsEnd,
    /// There is a key of this hash: the random numbers are not random.
    #[error("the key exists already")]
    Taken,
    /// The table does not answer; the change may have been made.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Makes a key of 32 random bytes, which must come from a cryptographic source.
///
/// # Errors
/// `Taken`, `Unavailable`.
pub async fn create_key(
    records: &impl KeyRecords,
    new: NewKey,
    random: [u8; 32],
    now: UnixMillis,
) -> Result<IssuedKey, KeyFault> {
    let secret = SecretKey::from_random(random);
    let hash = secret.hash();
    let record = ApiKey {
        principal: Principal {
            user_id: new.user_id,
            key_id: Some(id_of(&hash)),
            key_hash: None,
            permissions: new.permissions,
            expires_at: new.expires_at,
            limits: new.limits,
        },
        enabled: true,
        created_at: Some(now),
    };
    if !records.create(&hash, &record).await? {
        return Err(KeyFault::Taken);
    }
    Ok(IssuedKey { secret, record })
}

/// The record of a key.
///
/// # Errors
/// `Unknown`, `Unavailable`.
pub async fn find_key(records: &impl KeyRecords, id: &KeyId) -> Result<ApiKey, KeyFault> {
    Ok(found(records, id).await?.1)
}

/// Disables a key for good. Doing it again changes nothing.
///
/// # Errors
/// `Unknown`, `Unavailable`.
pub async fn revoke_key(records: &impl KeyRecords, id: &KeyId) -> Result<ApiKey, KeyFault> {
    let (hash, record) = found(records, id).await?;
    if !records.revoke(&hash).await? {
        return Err(KeyFault::Unknown);
    }
    Ok(ApiKey {
        enabled: false,
        ..record
    })
}

/// Makes a key for the same owner, with the same permissions and limits. The old one ends after the
/// overlap, if not before. The new one is made first: a fault in between leaves both.
///
/// # Errors
/// All of [`KeyFault`].
pub async fn rotate_key(
    records: &impl KeyRecords,
    id: &KeyId,
    rotation: Rotation,
    (random, now): ([u8; 32], UnixMillis),
) -> Result<IssuedKey, KeyFault> {
    let (hash, old) = found(records, id).await?;
    if !old.is_good_at(now) {
        return Err(KeyFault::Ended);
    }
    let old = old.principal;
    if old.expires_at.is_some() && rotation.expires_at.is_none() {
        return Err(KeyFault::NeedsEnd);
    }
    let new = NewKey {
        user_id: old.user_id,
        permissions: old.permissions,
        limits: old.limits,
        expires_at: rotation.expires_at,
    };
    let issued = create_key(records, new, random, now).await?;
    let end = now.plus(rotation.overlap);
    let end = old.expires_at.map_or(end, |before| before.min(end));
    records.expire(&hash, end).await?;
    Ok(issued)
}

async fn found(records: &impl KeyRecords, id: &KeyId) -> Result<(KeyHash, ApiKey), KeyFault> {
    records.by_id(id).await?.ok_or(KeyFault::Unknown)
}

/// A name that whoever finds a leaked key can work out: the beginning of its hash.
fn id_of(hash: &KeyHash) -> KeyId {
    let digits: String = hash.to_hex().chars().take(16).collect();
    KeyId::new(format!("key_{digits}"))
}
