//! The routing index: who gets an event, answered in memory. What it costs grows with the
//! recipients and with the distinct filters of the event's channels, not with the subscribers.
//! Connections are slots; those of a channel that filter and spell alike are one cohort; a channel
//! finds the cohorts of an event by its facets; recipients are the cohorts' slots put together.

mod audience;
mod audiences;
mod bits;
mod id_set;
mod index;
mod interned;
mod matches;
mod members;
mod selector;

use std::sync::Arc;

pub use index::RoutingIndex;
pub use matches::Matches;

use crate::channel::Channel;
use crate::event::{Event, LatestKey, Target};
use crate::facets::Facets;
use crate::identifier::ConnectionId;

/// An event with what routing needs of it, worked out once.
#[derive(Debug, Clone)]
pub struct RoutedEvent {
    /// The event.
    pub event: Arc<Event>,
    facets: Facets,
    channels: Vec<Channel>,
}

impl RoutedEvent {
    /// Works out facets and channels.
    #[must_use]
    pub fn new(event: Arc<Event>) -> Self {
        let facets = event.facets();
        let channels = event.channels(&facets);
        Self {
            event,
            facets,
            channels,
        }
    }

    /// What the event can be superseded by, if by anything.
    #[must_use]
    pub fn latest_key(&self) -> Option<LatestKey> {
        self.event.latest_key(&self.facets)
    }

    /// What filters look at; nothing where they do not apply.
    fn filtered_by(&self) -> Option<&Facets> {
        matches!(self.event.target, Target::Derived(_)).then_some(&self.facets)
    }
}

/// The channels of an event that matched one connection, first to last, in its own spelling. Shared
/// by all to whom it comes under the same names.
pub type Spellings = Arc<[Arc<str>]>;

/// What one event comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recipients {
    /// Who gets it, in a stable order.
    pub matched: Vec<(ConnectionId, Spellings)>,
    /// Of how many subscriptions to its channels the filter kept it back.
    pub filtered: u64,
}

/// Whether a document was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was newer.
    Taken,
    /// A newer one was there.
    Stale,
}

#[cfg(test)]
mod tests;
