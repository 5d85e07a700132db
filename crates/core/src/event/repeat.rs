//! Repeats: what makes two arrivals the same event.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Event;
use crate::identifier::EventId;

/// How long an event's id is remembered: longer than any source retries.
const ID_WINDOW: Duration = Duration::from_secs(15 * 60);

/// How long the bytes of a pub/sub message without an id are remembered: copies of one event are
/// published on several channels one right after the other.
const BYTES_WINDOW: Duration = Duration::from_secs(5);

/// What makes another arrival the same event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Repeats {
    /// The same id, for 15 minutes.
    #[default]
    ById,
    /// The same bytes, for 5 seconds: pub/sub copies without an id.
    ByBytes([u8; 32]),
}

/// The key under which the log remembers an event, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatKey {
    /// At most 128 visible ASCII characters; ids and hashes of bytes never meet.
    pub key: String,
    /// From the first arrival on.
    pub window: Duration,
}

impl Event {
    /// A pub/sub message: without an id of its own, its copies are told by their bytes.
    #[must_use]
    pub fn copies_told_by_bytes(self, fallback_id: &EventId, json: &str) -> Self {
        if self.id != *fallback_id {
            return self;
        }
        Self {
            repeats: Repeats::ByBytes(Sha256::digest(json.as_bytes()).into()),
            ..self
        }
    }

    /// What the log remembers it by.
    #[must_use]
    pub fn repeat_key(&self) -> RepeatKey {
        match &self.repeats {
            Repeats::ById => RepeatKey {
                key: self.id.to_string(),
                window: ID_WINDOW,
            },
            Repeats::ByBytes(hash) => {
                // No id has a space.
                let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                RepeatKey {
                    key: format!("bytes {hex}"),
                    window: BYTES_WINDOW,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Arrival, Target};
    use super::*;
    use crate::time::UnixMillis;

    fn key(json: &str) -> RepeatKey {
        let arrival = Arrival {
            now: UnixMillis(0),
            fallback_id: EventId::new("unique"),
            target: Target::default(),
        };
        Event::parse(json, arrival)
            .unwrap()
            .copies_told_by_bytes(&EventId::new("unique"), json)
            .repeat_key()
    }

    #[test]
    fn an_id_of_its_own_counts_before_the_bytes() {
        let with_id = key(r#"{"eventId":"e","type":"x","data":{}}"#);
        assert_eq!(
            with_id,
            RepeatKey {
                key: "e".into(),
                window: ID_WINDOW
            }
        );
    }

    #[test]
    fn the_same_bytes_are_the_same_for_a_short_while() {
        let one = key(r#"{"type":"x","data":{}}"#);
        assert_eq!(one, key(r#"{"type":"x","data":{}}"#));
        assert_ne!(one, key(r#"{"type":"x","data":{ }}"#));
        assert_eq!(one.window, BYTES_WINDOW);
    }
}
