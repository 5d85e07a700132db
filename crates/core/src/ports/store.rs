//! What every store may say instead of an answer.

/// A store did not answer in time, or answered that it cannot now. The text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{store} is unavailable: {reason}")]
pub struct Unavailable {
    /// Which store.
    pub store: &'static str,
    /// What happened.
    pub reason: String,
}

/// Asks a store whether it answers.
pub trait Health {
    /// The store's name in `GET /health`.
    const NAME: &'static str;

    /// One cheap round trip.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn check(&self) -> impl Future<Output = Result<(), Unavailable>> + Send;
}
