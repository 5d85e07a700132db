//! Why a use case did not do what it was asked, by what the caller can do about it.
//! The one table from here to wire codes, statuses and log levels is in the functions crate.

use std::time::Duration;

use crate::channel::Channel;

/// A refused request. Nothing has changed, except that after `Unavailable` it may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No credential yet, or it has ended.
    #[error("authenticate first")]
    Unauthenticated,
    /// The credential is unknown, disabled, expired, or another user's.
    #[error("the credential is not valid")]
    InvalidCredential,
    /// The credential does not allow it.
    #[error("the credential does not allow this")]
    Forbidden,
    /// Some channels of an all-or-nothing request are not allowed or one too many.
    #[error("{} of the channels cannot be subscribed", .0.len())]
    Channels(Vec<(String, ChannelFault)>),
    /// The whole subscription would be larger than its limit.
    #[error("the subscription would be larger than {limit_bytes} bytes")]
    SubscriptionTooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// The offset to resume from is none.
    #[error("`since` must be an offset such as \"1764000000123-0\"")]
    InvalidOffset,
    /// There is nothing to change; the channels named that are not subscribed, if any were.
    #[error("not subscribed")]
    NotSubscribed(Vec<Channel>),
    /// There is no such connection, or it is not the caller's.
    #[error("no such connection")]
    ConnectionNotFound,
    /// Over a limit.
    #[error("over the rate limit")]
    RateLimited {
        /// What remains of the window.
        retry_after: Duration,
    },
    /// A store did not answer in time.
    #[error("a store did not answer")]
    Unavailable,
}

/// Why one channel could not be subscribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChannelFault {
    /// Outside the grammar.
    #[error("no such channel")]
    Invalid,
    /// The credential does not allow it.
    #[error("the credential does not allow this channel")]
    Forbidden,
    /// One too many.
    #[error("a connection has at most {} channels", crate::policy::MAX_CHANNELS)]
    TooMany,
}

impl From<crate::ports::Unavailable> for Refusal {
    fn from(_: crate::ports::Unavailable) -> Self {
        Self::Unavailable
    }
}
