//! The bounds of a cell.

use std::time::Duration;

/// What the logs keep, and over how many shards the connections are spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellOptions {
    /// How long the event log keeps an entry: the resume window.
    pub event_age: Duration,
    /// Most entries of the event log.
    pub max_events: usize,
    /// Most bytes of the event log, as far as they can be told from the events.
    pub max_event_bytes: usize,
    /// Most entries of the change log. What a live lease has not yet checkpointed stays whatever
    /// their number; a reader without a lease that falls behind this bound must load the members
    /// again.
    pub max_changes: usize,
    /// Virtual shards, at least 1.
    pub shards: u16,
}

impl Default for CellOptions {
    fn default() -> Self {
        Self {
            event_age: Duration::from_secs(15 * 60),
            max_events: 2_000_000,
            max_event_bytes: 256 * 1024 * 1024,
            max_changes: 100_000,
            shards: 16,
        }
    }
}
