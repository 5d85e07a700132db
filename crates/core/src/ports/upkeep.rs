//! Upkeep: what keeps Redis true to DynamoDB, since Redis can be lost whole or lose its last writes.

use crate::connection::ConnectionDocument;
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::time::UnixMillis;

use super::Unavailable;

/// Rebuilding and repairing. An epoch lasts as long as nothing is lost: its mark in the store holds
/// the replication id under which it began, and absent or different means that data may be gone.
pub trait Upkeep: Send + Sync {
    /// Begins an epoch: writes its mark, and a gap marker into the event log whose offset is above
    /// `floor` and above now + 1 s, so that offsets never run backwards. Answers that offset.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn begin_epoch(
        &self,
        floor: Offset,
    ) -> impl Future<Output = Result<Offset, Unavailable>> + Send;

    /// Puts documents back into membership where they are newer, each as a change of its own, with
    /// their users' places and their ids among the live ones. Never resurrects a removed one.
    ///
    /// # Errors
    /// [`Unavailable`]; some may have been put, and putting them again is safe.
    fn restore(
        &self,
        documents: &[ConnectionDocument],
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Up to `count` ids of those that count as live, any of them: for the reaper to look at.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn sample_live(
        &self,
        count: usize,
    ) -> impl Future<Output = Result<Vec<ConnectionId>, Unavailable>> + Send;

    /// Takes an id out of the live ones and out of membership, because no such connection exists;
    /// false when there was nothing to take. What connected at `before` or later stays: a new
    /// connection is in membership before it is anywhere else.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn discard(
        &self,
        id: &ConnectionId,
        before: UnixMillis,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;
}
