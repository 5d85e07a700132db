//! One event as a client receives it.

use serde::Deserialize;
use serde_json::value::RawValue;

/// An event's frame, or one message of a batch. `data` is exactly what was published.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The event's type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The first channel that matched, in the client's spelling; `all` on a broadcast to all.
    #[serde(default)]
    pub channel: Option<String>,
    /// Every channel that matched, if there were several.
    #[serde(default)]
    pub channels: Option<Vec<String>>,
    /// The payload, byte for byte.
    pub data: Box<RawValue>,
    /// The event's own time, in milliseconds.
    pub timestamp: u64,
    /// The event's identity.
    pub event_id: String,
    /// The event's place in the log.
    pub offset: String,
    /// The offset of the message due before this one, unless the server cannot know.
    #[serde(default)]
    pub prev: Option<String>,
    /// Sent again, because of a resume.
    #[serde(default)]
    pub replay: bool,
    /// Sent because of a snapshot.
    #[serde(default)]
    pub snapshot: bool,
    /// When and how urgently it was sent.
    #[serde(default)]
    pub metadata: Option<MessageMetadata>,
}

/// When and how urgently a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageMetadata {
    /// When the frame was made, in milliseconds.
    pub sent_at: u64,
    /// How urgently.
    pub priority: Priority,
}

/// How urgent a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Alerts and extreme changes.
    High,
    /// Everything else.
    Normal,
}
