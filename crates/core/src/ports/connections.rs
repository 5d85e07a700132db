//! The truth about connections: DynamoDB's table, keyed by connection id.

use crate::connection::ConnectionDocument;
use crate::identifier::{ConnectionId, UserId};
use crate::time::UnixMillis;

use super::Unavailable;

/// Connections and what they asked for. Reads are strongly consistent where a single connection
/// is read; expired documents are never returned.
pub trait ConnectionStore: Send + Sync {
    /// Creates the document of a new connection; false when its id is taken.
    ///
    /// # Errors
    /// [`Unavailable`]; it may have been created.
    fn create(
        &self,
        document: &ConnectionDocument,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// The document of a connection.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn get(
        &self,
        id: &ConnectionId,
    ) -> impl Future<Output = Result<Option<ConnectionDocument>, Unavailable>> + Send;

    /// Replaces the document, if the stored one has exactly the revision before it.
    ///
    /// # Errors
    /// [`Unavailable`]; it may have been replaced.
    fn update(
        &self,
        document: &ConnectionDocument,
    ) -> impl Future<Output = Result<Updated, Unavailable>> + Send;

    /// Removes a connection of this generation, and returns what was removed. A late removal never
    /// takes a newer connection with it.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn remove(
        &self,
        id: &ConnectionId,
        connected_at: UnixMillis,
    ) -> impl Future<Output = Result<Option<ConnectionDocument>, Unavailable>> + Send;

    /// A page of a user's connections, ordered by id; eventually consistent.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn of_user(
        &self,
        user: &UserId,
        after: Option<&ConnectionId>,
        limit: usize,
    ) -> impl Future<Output = Result<Page, Unavailable>> + Send;

    /// A page of all connections, in any stable order: for rebuilding what Redis lost.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn scan(
        &self,
        after: Option<&ConnectionId>,
        limit: usize,
    ) -> impl Future<Output = Result<Page, Unavailable>> + Send;
}

/// What became of a conditional update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updated {
    /// Stored.
    Stored,
    /// Somebody else's change came first.
    Conflict,
    /// The connection is gone.
    Missing,
}

/// Some documents, and where the next page starts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The documents.
    pub documents: Vec<ConnectionDocument>,
    /// Pass as `after` to go on; none at the end.
    pub next: Option<ConnectionId>,
}
