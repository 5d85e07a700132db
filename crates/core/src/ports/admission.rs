//! Rate limits, asked once per request together with what the request needs anyway.

use std::time::Duration;

use crate::connection::ConnectionDocument;
use crate::identifier::ConnectionId;
use crate::policy::Policy;

use super::Unavailable;

/// Counts requests across all environments, atomically. A limit opens a 60 s window at the first
/// counted request: n pass, the next is refused until it ends; refused requests are not counted.
pub trait Admission: Send + Sync {
    /// Counts a connect from `ip`.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn admit_connect(
        &self,
        ip: &str,
        policy: &Policy,
    ) -> impl Future<Output = Result<Verdict, Unavailable>> + Send;

    /// Counts a request on a connection, and reads its cached document in the same call. A request
    /// over one of its limits is counted against none.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn admit_request(
        &self,
        id: &ConnectionId,
        kind: RequestKind,
        policy: &Policy,
    ) -> impl Future<Output = Result<Admitted, Unavailable>> + Send;

    /// Takes one of the places for requests that wait for an authentication; false when all are
    /// taken. A place that is not given back frees itself after a few seconds.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn begin_wait(
        &self,
        id: &ConnectionId,
        places: u32,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Gives a place back.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn end_wait(&self, id: &ConnectionId) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// Which limits a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// A message.
    Message,
    /// A message that changes a subscription.
    SubscriptionChange,
    /// A subscription change that orders a replay. It takes the connection's place for one: a second
    /// is limited until the worker gives the place back, for a minute at most.
    Replay,
}

/// When to ask again for a replay while another is on its way: most last about as long.
pub const REPLAY_RETRY: Duration = Duration::from_secs(1);

/// Whether a request may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Admitted,
    /// It is one too many.
    Limited {
        /// What remains of the window; [`REPLAY_RETRY`] at most, if only an earlier replay is in
        /// the way.
        retry_after: Duration,
    },
}

/// The answer to [`Admission::admit_request`].
#[derive(Debug, Clone, PartialEq)]
pub struct Admitted {
    /// Whether it may pass.
    pub verdict: Verdict,
    /// The cached document; none when Redis does not know the connection.
    pub document: Option<ConnectionDocument>,
}
