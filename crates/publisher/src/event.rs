//! The envelope every event travels in.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::data::Data;
use crate::metadata::Metadata;

/// The version of the envelope.
const VERSION: &str = "1.0";

/// An event that cannot be written as JSON: it holds a number that is not finite.
#[derive(Debug, thiserror::Error)]
#[error("event cannot be written as JSON")]
pub struct EncodeError(#[from] serde_json::Error);

/// One event of the real-time service, whole.
#[derive(Debug, Clone)]
pub struct Event {
    /// The event's identity, 1–128 visible ASCII characters: the same id is the same event.
    pub event_id: String,
    /// When it happened, in milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// What brought it up.
    pub source: Source,
    /// What the processor knows about it.
    pub metadata: Metadata,
    /// The one user who may see it; everybody when absent.
    pub user_id: Option<String>,
    /// What it says; decides the event type.
    pub data: Data,
}

/// What brought an event up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A record of the main table.
    Dynamodb,
    /// A row of the database.
    Postgres,
    /// A person.
    Manual,
    /// The scheduled run of the Event Processor.
    Scheduled,
}

impl Event {
    /// An event for everybody, found by a scheduled run; tags, confidence and correlation follow
    /// from `data`.
    #[must_use]
    pub fn new(event_id: impl Into<String>, timestamp: u64, data: impl Into<Data>) -> Self {
        let data = data.into();
        Self {
            event_id: event_id.into(),
            timestamp,
            source: Source::Scheduled,
            metadata: Metadata::of(&data.subject(), timestamp),
            user_id: None,
            data,
        }
    }

    /// Brought up by `source`.
    #[must_use]
    pub fn source(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// For the connections of one user only.
    #[must_use]
    pub fn for_user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// With one more tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.metadata.tags.push(tag.into());
        self
    }

    /// The event type: `price_update`, for example.
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.data.event_type()
    }

    /// The event as the service takes it: one JSON object without line breaks of its own.
    ///
    /// # Errors
    /// [`EncodeError`] when a number is not finite.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        Ok(serde_json::to_string(self)?)
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = if self.user_id.is_some() { 8 } else { 7 };
        let mut event = serializer.serialize_struct("Event", fields)?;
        event.serialize_field("eventId", &self.event_id)?;
        event.serialize_field("eventType", self.event_type())?;
        event.serialize_field("timestamp", &self.timestamp)?;
        event.serialize_field("source", &self.source)?;
        event.serialize_field("version", VERSION)?;
        event.serialize_field("metadata", &self.metadata)?;
        match &self.user_id {
            Some(user_id) => event.serialize_field("userId", user_id)?,
            None => event.skip_field("userId")?,
        }
        event.serialize_field("data", &self.data)?;
        event.end()
    }
}

#[cfg(test)]
mod tests;
