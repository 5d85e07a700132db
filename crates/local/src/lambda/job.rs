//! An invocation that waits for an environment, and why one could not run.

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::gateway::InvokeError;

/// An invocation. Dropped without an answer, it has never been handed to a process, so that
/// it can be given to another one.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) payload: Bytes,
    answer: oneshot::Sender<Answer>,
}

/// What an invocation ends with.
pub(super) type Answer = Result<Bytes, InvokeError>;

/// Why an invocation has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// Every environment that the function may have is busy.
    #[error("throttled")]
    Throttled,
    /// The local Lambda has been stopped.
    #[error("stopped")]
    Stopped,
    /// It ran and failed.
    #[error(transparent)]
    Ran(#[from] InvokeError),
}

impl Job {
    pub(super) fn new(payload: Bytes) -> (Self, oneshot::Receiver<Answer>) {
        let (answer, answered) = oneshot::channel();
        (Self { payload, answer }, answered)
    }

    pub(super) fn answer(self, answer: Answer) {
        // Nobody waits any more: an invocation runs to its end all the same.
        let _ = self.answer.send(answer);
    }

    pub(super) fn fail(self, reason: String) {
        self.answer(Err(InvokeError::Function(reason)));
    }
}

impl From<Failure> for InvokeError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Ran(error) => error,
            refused => Self::Function(refused.to_string()),
        }
    }
}
