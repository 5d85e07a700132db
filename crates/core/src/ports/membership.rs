//! Membership: the copy of every connection's document that the worker follows.

use crate::connection::ConnectionDocument;
use crate::identifier::ConnectionId;
use crate::offset::Offset;

use super::Unavailable;

/// Changes of connections, in order. Each call is one step: the document goes into its shard's
/// hash if it is newer, and the change into the change log, with the event log's last offset.
pub trait Membership: Send + Sync {
    /// Publishes a document. With an `allowance`, the connection first takes one of its user's
    /// places, and nothing is published when all are taken. Answers the event log's last offset
    /// at this change.
    ///
    /// # Errors
    /// [`Unavailable`]; it may have been published.
    fn publish(
        &self,
        document: &ConnectionDocument,
        allowance: Option<u32>,
    ) -> impl Future<Output = Result<Publication, Unavailable>> + Send;

    /// Removes a connection of this generation and gives its user's place back. A late removal
    /// never takes a newer connection with it.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn remove(
        &self,
        document: &ConnectionDocument,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Whether the connection is among the live ones: operators look at the same set.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn is_live(&self, id: &ConnectionId) -> impl Future<Output = Result<bool, Unavailable>> + Send;
}

/// What became of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// In the change log.
    Done {
        /// The event log's last offset at this change: events after it are matched against it.
        at: Offset,
        /// Whether a worker holds a live lease; if not, somebody should start one.
        worker_is_live: bool,
    },
    /// The user has as many connections as it may have.
    OverAllowance,
}
