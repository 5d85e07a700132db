//! What became of a batch.

use llama_ws_core::ports::{AppendOutcome, Unavailable};
use llama_ws_core::{EventFault, Offset};

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// One for each event, in order.
    pub outcomes: Vec<Outcome>,
    /// Whether a worker delivers now. If not, the service's schedule starts one within a minute,
    /// and it begins with what is in the log.
    pub worker_is_live: bool,
    /// What became of the announcements.
    pub announcement: Announcement,
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the log, at this place.
    Accepted(Offset),
    /// Its id came in the last 15 minutes: the log has it already.
    Duplicate,
    /// It is no event that the service could deliver. Its neighbours are not concerned, and to
    /// publish it again is of no use.
    Rejected(EventFault),
}

/// What became of a batch's announcements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announcement {
    /// They were not asked for.
    Off,
    /// Every accepted event was published on all its channels.
    Sent,
    /// Some or all were not. The events are in the log all the same, and will be delivered.
    Failed(Unavailable),
}

impl From<AppendOutcome> for Outcome {
    fn from(outcome: AppendOutcome) -> Self {
        match outcome {
            AppendOutcome::At(offset) => Self::Accepted(offset),
            AppendOutcome::Duplicate => Self::Duplicate,
        }
    }
}
