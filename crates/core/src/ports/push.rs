//! The way to a client: API Gateway's `@connections`.

use bytes::Bytes;

use crate::identifier::ConnectionId;

/// Posts frames and closes connections. An expected outcome is a value, not an error.
pub trait Push: Send + Sync {
    /// Sends one text frame.
    fn post(&self, id: &ConnectionId, frame: Bytes) -> impl Future<Output = PostOutcome> + Send;

    /// Closes the connection; closing one that is gone is no fault.
    fn close(&self, id: &ConnectionId) -> impl Future<Output = PostOutcome> + Send;

    /// Whether API Gateway knows the connection.
    fn find(&self, id: &ConnectionId) -> impl Future<Output = Presence> + Send;
}

/// Whether there is a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// 200: there is.
    Live,
    /// 410: there is none, or its `$connect` has not returned yet.
    Gone,
    /// Nobody could say.
    Unknown,
}

/// What became of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostOutcome {
    /// 200: in the client's buffer.
    Delivered,
    /// 410: there is no such connection, or not yet.
    Gone,
    /// 413: larger than 128 KB.
    TooLarge,
    /// 429: the account's throttle, or this client does not read.
    Throttled,
    /// A time-out, 5xx, or no connection.
    Failed,
}
