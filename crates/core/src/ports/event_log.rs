//! The durable event log, from the side of those who append.

use crate::event::Event;
use crate::offset::Offset;

use super::Unavailable;

/// Appends events, once each by their id.
pub trait EventLog: Send + Sync {
    /// Appends the events that are new, in order, in one step.
    ///
    /// # Errors
    /// [`Unavailable`]; some may have been appended, and appending them again is safe.
    fn append(
        &self,
        events: &[Event],
    ) -> impl Future<Output = Result<Appended, Unavailable>> + Send;

    /// Marks that events may be missing before this point.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn append_gap(&self) -> impl Future<Output = Result<Offset, Unavailable>> + Send;
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// One for each event, in order.
    pub outcomes: Vec<AppendOutcome>,
    /// Whether a worker holds a live lease; if not, somebody should start one.
    pub worker_is_live: bool,
}

/// What became of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendOutcome {
    /// It has this place in the log.
    At(Offset),
    /// Its id was there in the last 15 minutes.
    Duplicate,
}
