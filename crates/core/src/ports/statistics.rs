//! Statistics, as the workers last wrote them.

use crate::stats::Counts;

use super::Unavailable;

/// Reads what checkpoints wrote; may lag by a few seconds.
pub trait Statistics: Send + Sync {
    /// The sum over all workers.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn counts(&self) -> impl Future<Output = Result<Counts, Unavailable>> + Send;
}
