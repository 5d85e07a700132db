//! Catching up: orders in the change log, and the event log read backwards.

use crate::catch_up::CatchUp;
use crate::connection::ConnectionDocument;
use crate::identifier::ConnectionId;
use crate::offset::Offset;

use super::{LogEntry, Publication, Unavailable};

/// What replays and snapshots need beyond [`Membership`](super::Membership) and
/// [`WorkLog`](super::WorkLog).
pub trait CatchUps: Send + Sync {
    /// Publishes a document where it is newer and, right after it in the same step, an order to catch
    /// up: both changes have the same `at`. Nothing is appended for a connection that is gone.
    ///
    /// # Errors
    /// [`Unavailable`]; it may have been published.
    fn publish_catch_up(
        &self,
        document: &ConnectionDocument,
        catch_up: &CatchUp,
    ) -> impl Future<Output = Result<Publication, Unavailable>> + Send;

    /// Gives the places back that [`RequestKind::Replay`](super::RequestKind::Replay) took: the
    /// connections may ask for their next replay. What took none is no fault.
    ///
    /// # Errors
    /// [`Unavailable`]; the places free themselves after a minute.
    fn end_replays(
        &self,
        ids: &[ConnectionId],
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// The newest `count` entries of the event log up to `up_to`, which counts.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn history(
        &self,
        up_to: Offset,
        count: usize,
    ) -> impl Future<Output = Result<History, Unavailable>> + Send;
}

/// A page of the event log's past.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Oldest first. Fewer than asked for: the log holds nothing older.
    pub entries: Vec<LogEntry>,
    /// Everything up to here has been trimmed from the log.
    pub trimmed_up_to: Offset,
}
