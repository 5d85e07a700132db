//! Leases: at most one worker per slot, and what it hands to the next.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::stats::Counts;
use crate::time::UnixMillis;

use super::{Cursor, Slot, Unavailable};

/// How long a lease lasts without renewal.
pub const LEASE_LIFE: Duration = Duration::from_secs(10);

/// How long a standby's mark counts.
pub const STANDBY_LIFE: Duration = Duration::from_secs(5);

/// Who works, and from where. Time is the store's own; every write but `acquire` carries the
/// fencing token, and a token that is no longer the lease's changes nothing.
pub trait Leases: Send + Sync {
    /// Takes the slot's lease if nobody holds a live one.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn acquire(
        &self,
        slot: Slot,
        candidate: &Candidate,
    ) -> impl Future<Output = Result<Acquired, Unavailable>> + Send;

    /// Marks the candidate as ready to take over, or tells that it now holds the lease.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn stand_by(
        &self,
        slot: Slot,
        candidate: &Candidate,
    ) -> impl Future<Output = Result<Acquired, Unavailable>> + Send;

    /// Writes the progress and renews the lease.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn checkpoint(
        &self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
    ) -> impl Future<Output = Result<Renewal, Unavailable>> + Send;

    /// Writes the progress and gives the lease to a live standby, whatever lies past the cursor;
    /// without one gives it up, unless the log has entries past the cursor.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn release(
        &self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
    ) -> impl Future<Output = Result<Released, Unavailable>> + Send;
}

/// A fencing token: a later lease has a larger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub u64);

/// One invocation that could work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its invocation's id.
    pub owner: String,
    /// When its invocation must end.
    pub deadline: UnixMillis,
}

/// The answer to a candidate.
#[derive(Debug, Clone)]
pub enum Acquired {
    /// It holds the lease.
    Granted(Lease),
    /// Somebody else does.
    Held {
        /// When the holder's invocation must end.
        holder_deadline: UnixMillis,
    },
}

/// A lease, and where its last holder left off.
#[derive(Debug, Clone)]
pub struct Lease {
    /// Carried by every write.
    pub token: Token,
    /// When it ends unless renewed.
    pub expires_at: UnixMillis,
    /// Where to go on.
    pub cursor: Cursor,
    /// What was sent to whom.
    pub marks: HashMap<ConnectionId, Marks>,
    /// Whether the slot has not been checkpointed in this epoch: the store is new, may have lost
    /// data, or a rebuild did not come to its end.
    pub first: bool,
}

/// How far one connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    /// Everything due up to here was posted or given up.
    pub sent: Offset,
    /// The newest message that was due.
    pub due: Offset,
}

/// What a holder writes down.
#[derive(Debug, Clone, Default)]
pub struct Checkpoint {
    /// Everything up to here is posted, superseded or given up.
    pub cursor: Cursor,
    /// The connections that changed since the last checkpoint.
    pub marks: Vec<(ConnectionId, Marks)>,
    /// The connections that are gone.
    pub forgotten: Vec<ConnectionId>,
    /// For statistics.
    pub counts: Counts,
}

/// What became of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Written; the lease now ends here.
    Renewed {
        /// When it ends.
        expires_at: UnixMillis,
        /// Whether a standby is ready to take over.
        standby: bool,
    },
    /// Somebody else has the lease, or the store may have lost data since it was given and nobody
    /// has it; nothing was written.
    Lost,
}

/// What became of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// The standby has it.
    HandedOver,
    /// Nobody has it.
    Free,
    /// Refused: there is work past the cursor and no standby.
    Refused,
    /// It was lost before.
    Lost,
}
