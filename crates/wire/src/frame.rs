//! Frames the server sends unasked, and the names events must not take.

use serde::{Deserialize, Serialize};

use crate::json;

/// Every `type` the server itself uses. An event may not be called by one of them.
pub const FRAME_TYPES: &[&str] = &[
    "authenticated",
    "pong",
    "subscription_result",
    "subscription_confirmed",
    "unsubscription_result",
    "unsubscription_confirmed",
    "subscriptions",
    "filters_updated",
    "subscription_stats",
    "resume_started",
    "resume_result",
    "batch",
    "auth_expiring",
    "goodbye",
    "error",
];

/// Whether `name` is one of [`FRAME_TYPES`].
#[must_use]
pub fn is_frame_type(name: &str) -> bool {
    FRAME_TYPES.contains(&name)
}

/// The session ends soon unless the client authenticates again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "auth_expiring", rename_all = "camelCase")]
pub struct AuthExpiring {
    /// When, in milliseconds.
    pub expires_at: u64,
}

impl AuthExpiring {
    /// The frame as text.
    #[must_use]
    pub fn encode(&self) -> String {
        json::text(self)
    }
}

/// The server is about to close the connection, as planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "goodbye", rename_all = "camelCase")]
pub struct Goodbye {
    /// Why.
    pub reason: GoodbyeReason,
    /// When this client should be back, in milliseconds; spread over all clients.
    pub reconnect_at: u64,
}

impl Goodbye {
    /// The frame as text.
    #[must_use]
    pub fn encode(&self) -> String {
        json::text(self)
    }
}

/// Why the server closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoodbyeReason {
    /// The gateway's two hours are nearly over.
    MaxLifetime,
    /// The token has ended, or none came in time.
    AuthExpired,
    /// The service stops.
    Shutdown,
}

/// The end of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "resume_result")]
pub struct ResumeResult {
    /// How much of what was missed has come.
    pub status: ResumeStatus,
    /// How many messages were replayed.
    pub count: u64,
    /// The place in the log up to which the server has looked.
    pub offset: String,
}

impl ResumeResult {
    /// The frame as text.
    #[must_use]
    pub fn encode(&self) -> String {
        json::text(self)
    }
}

/// How much of what was missed a replay has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumeStatus {
    /// All of it.
    Recovered,
    /// The newest part.
    Partial,
    /// Nothing: the log no longer reaches that far.
    Expired,
}
