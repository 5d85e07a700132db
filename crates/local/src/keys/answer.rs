//! What is known about keys, as shown: a key in clear only when it was just made.

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::{ApiKey, KeyHash, KeyPage};
use llama_ws_core::{IssuedKey, KeyLimits};
use serde::{Deserialize, Serialize};

/// The answer to a command.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The key in clear, shown once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
    /// The records it is about.
    pub records: Vec<KeyView>,
    /// Where the next page starts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<KeyHash>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Its public name.
    pub key_id: Option<String>,
    /// Whose it is.
    pub user_id: String,
    /// What it allows.
    pub permissions: Vec<String>,
    /// `active`, `revoked` or `expired`.
    pub status: String,
    /// Limits of its own.
    pub limits: KeyLimits,
    /// When it was made.
    pub created_at: Option<UnixMillis>,
    /// When it ends.
    pub expires_at: Option<UnixMillis>,
}

impl Answer {
    pub(super) fn issued(issued: &IssuedKey, now: UnixMillis) -> Self {
        Self {
            key: Some(issued.secret.reveal().to_owned()),
            ..Self::one(&issued.record, now)
        }
    }

    pub(super) fn one(key: &ApiKey, now: UnixMillis) -> Self {
        Self {
            key: None,
            records: vec![KeyView::of(key, now)],
            next: None,
        }
    }

    pub(super) fn page(page: &KeyPage, now: UnixMillis) -> Self {
        Self {
            key: None,
            records: page.keys.iter().map(|key| KeyView::of(key, now)).collect(),
            next: page.next,
        }
    }
}

impl KeyView {
    fn of(key: &ApiKey, now: UnixMillis) -> Self {
        let principal = &key.principal;
        let status = match key.enabled {
            false => "revoked",
            true if key.is_good_at(now) => "active",
            true => "expired",
        };
        Self {
            key_id: principal.key_id.as_ref().map(ToString::to_string),
            user_id: principal.user_id.to_string(),
            permissions: principal.permissions.names().to_vec(),
            status: status.to_owned(),
            limits: principal.limits,
            created_at: key.created_at,
            expires_at: principal.expires_at,
        }
    }
}
