//! A connection and whose it is: the document that DynamoDB keeps and Redis copies.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::identifier::{ConnectionId, KeyId, UserId};
use crate::permissions::Permissions;
use crate::policy::Policy;
use crate::ports::KeyHash;
use crate::subscription::Subscription;
use crate::time::UnixMillis;

/// Longest a WebSocket connection lives: API Gateway quota "Connection duration for WebSocket API".
pub const MAX_LIFE: Duration = Duration::from_secs(2 * 60 * 60);

/// How long after the longest life a record may be dropped.
const EXPIRY_GRACE: Duration = Duration::from_secs(10 * 60);

/// Who is at the other end, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// The user.
    pub user_id: UserId,
    /// The key it came with, if it was a key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key_id: Option<KeyId>,
    /// By what that key is found again, to see whether it is still good.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key_hash: Option<KeyHash>,
    /// What it may do.
    pub permissions: Permissions,
    /// When the credential ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<UnixMillis>,
    /// Limits of its own.
    #[serde(skip_serializing_if = "KeyLimits::are_defaults", default)]
    pub limits: KeyLimits,
}

/// Limits that a key may have of its own; an absent one is everybody's ([`Policy`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyLimits {
    /// Connections that its user may have, for whoever connects with this key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub connections: Option<u32>,
}

impl KeyLimits {
    /// Connections of one user at a time.
    #[must_use]
    pub fn connections(self, policy: &Policy) -> u32 {
        self.connections.unwrap_or(policy.connections_per_user)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    fn are_defaults(&self) -> bool {
        *self == Self::default()
    }
}

/// Everything known about one connection. Every change raises `revision` by one; whoever holds a
/// copy takes a newer revision and ignores an older one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionDocument {
    /// Which connection.
    pub connection_id: ConnectionId,
    /// Counts the changes; the document is created with 1.
    pub revision: u64,
    /// When API Gateway accepted it; with the id, its generation.
    pub connected_at: UnixMillis,
    /// Whose it is; none before authentication.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub principal: Option<Principal>,
    /// When the principal was last established.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authenticated_at: Option<UnixMillis>,
    /// Until when it must have authenticated; none once it has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auth_deadline: Option<UnixMillis>,
    /// The peer, as API Gateway vouches for it.
    pub source_ip: String,
    /// What the client calls itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_agent: Option<String>,
    /// What it asked for; none when it has no channel.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subscription: Option<Subscription>,
}

impl ConnectionDocument {
    /// How long after it connected its records may be dropped.
    pub const LIFE: Duration = Duration::from_secs(MAX_LIFE.as_secs() + EXPIRY_GRACE.as_secs());

    /// When API Gateway ends the connection.
    #[must_use]
    pub fn ends_at(&self) -> UnixMillis {
        self.connected_at.plus(MAX_LIFE)
    }

    /// When its records may be dropped: the TTL attribute, 2 h 10 min after it connected.
    #[must_use]
    pub fn expires_at(&self) -> UnixMillis {
        self.connected_at.plus(Self::LIFE)
    }

    /// Whether it has authenticated and its credential has not ended.
    #[must_use]
    pub fn principal_at(&self, now: UnixMillis) -> Option<&Principal> {
        self.principal
            .as_ref()
            .filter(|principal| principal.expires_at.is_none_or(|end| now < end))
    }

    /// Whether it is subscribed to anything.
    #[must_use]
    pub fn wants_events(&self) -> bool {
        let subscription = self.subscription.as_ref();
        subscription.is_some_and(|held| !held.channels().is_empty())
    }

    /// Whether it may still authenticate.
    #[must_use]
    pub fn awaits_authentication(&self, now: UnixMillis) -> bool {
        self.principal.is_none() && self.auth_deadline.is_some_and(|deadline| now < deadline)
    }

    /// The document after this one, still unchanged.
    #[must_use]
    pub fn next(&self) -> Self {
        Self {
            revision: self.revision.saturating_add(1),
            ..self.clone()
        }
    }
}
