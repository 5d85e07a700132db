//! From what fred or an answer says to what a port may say.

use fred::error::Error;
use llama_ws_core::ports::{Health, Unavailable};

use crate::RedisCell;

/// The store did not do what it was asked to.
pub(crate) fn unavailable(reason: impl Into<String>) -> Unavailable {
    Unavailable {
        store: RedisCell::NAME,
        reason: reason.into(),
    }
}

/// What fred says, without its arguments: they may hold what clients sent.
pub(crate) fn of_client(error: &Error) -> Unavailable {
    unavailable(format!("{:?}: {}", error.kind(), error.details()))
}
