//! What can be done about keys.

use llama_ws_core::ports::KeyHash;
use serde::{Deserialize, Serialize};

/// A command, as `POST /keys` takes it: an object whose one field is the verb.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Command {
    /// Make a key.
    Create(CreateKey),
    /// A page of all keys.
    List(ListKeys),
    /// One key's record.
    Show(NamedKey),
    /// Disable a key for good.
    Revoke(NamedKey),
    /// Replace a key.
    Rotate(RotateKey),
}

/// The key to make.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateKey {
    /// Whose it is.
    pub user_id: String,
    /// What it allows.
    pub permissions: Vec<String>,
    /// Connections that its user may have; absent: as many as everybody.
    pub connections: Option<u32>,
    /// How long it lives, in milliseconds; absent: until it is revoked.
    pub expires_in_ms: Option<u64>,
}

/// Which page.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListKeys {
    /// `next` of the page before.
    pub after: Option<KeyHash>,
}

/// Which key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedKey {
    /// Its public name.
    pub key_id: String,
}

/// The key to replace.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateKey {
    /// Its public name.
    pub key_id: String,
    /// How long it works beside the new one, in milliseconds.
    pub overlap_ms: u64,
    /// How long the new one lives, in milliseconds.
    pub expires_in_ms: Option<u64>,
}
