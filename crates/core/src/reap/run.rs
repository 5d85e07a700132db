//! One run: what it did, what it saw, and how many faults it bears.

use std::collections::HashSet;

use crate::identifier::ConnectionId;
use crate::ports::Unavailable;

/// Faults after which a run gives up: the store is away, and not one connection odd.
const FAULTS: usize = 3;

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reaped {
    /// Connections past their life or their deadline that were ended.
    pub ended: usize,
    /// Sessions whose end was moved to where their key's is by now.
    pub expired: usize,
    /// Connections that API Gateway no longer knows, whose records were removed.
    pub forgotten: usize,
    /// Ids in Redis without a connection.
    pub discarded: usize,
    /// Connections whose copies in Redis were made sure of.
    pub compared: usize,
}

/// A run under way.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) reaped: Reaped,
    /// Whom it has looked at.
    pub(super) seen: HashSet<ConnectionId>,
    /// How many API Gateway was asked about.
    pub(super) asked: usize,
    /// How many it has tried to end.
    pub(super) ending: usize,
    /// How many sessions' ends it has tried to move.
    pub(super) moved: usize,
    /// What went wrong for single connections.
    pub(super) faults: Vec<Unavailable>,
}

impl Run {
    /// Bears a fault that may be one connection's, a few times.
    pub(super) fn bear<T>(
        &mut self,
        outcome: Result<T, Unavailable>,
    ) -> Result<Option<T>, Unavailable> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(error) if self.faults.len() + 1 == FAULTS => Err(error),
            Err(error) => {
                self.faults.push(error);
                Ok(None)
            }
        }
    }
}
