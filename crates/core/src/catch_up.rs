//! Catching up: what a connection is told before it goes on live.

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::offset::Offset;

/// An order to the worker, carried out at the place of its change: first the snapshot, then the
/// replay and its result, then live. This is also the form the change log stores.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CatchUp {
    /// Replay what came after this place and matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Offset>,
    /// Tell the latest matching event per key on these channels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snapshot: Vec<Channel>,
}

impl CatchUp {
    /// A replay of what came after `since`.
    #[must_use]
    pub fn after(since: Offset) -> Self {
        Self {
            since: Some(since),
            ..Self::default()
        }
    }

    /// Whether there is nothing to catch up with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.since.is_none() && self.snapshot.is_empty()
    }
}
