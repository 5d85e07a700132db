//! How the gateway calls a function: JSON bytes in, JSON bytes out, as Lambda's Invoke does.

use std::future::Future;

use bytes::Bytes;
use llama_ws_core::KeyFault;
use llama_ws_functions::Function;

use crate::keys::{Answer, Command};

/// Why an invocation has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The function returned an error or crashed.
    #[error("function error: {0}")]
    Function(String),
    /// The function did not answer within the integration's timeout (29 s: platform limit).
    #[error("function timed out")]
    TimedOut,
}

/// Something that runs functions: in this process today, child processes later.
pub trait Invoke: Send + Sync + 'static {
    /// Runs `function` once with `payload` and waits for its answer.
    ///
    /// # Errors
    /// [`InvokeError`] when the function failed, crashed or took too long.
    fn invoke(
        &self,
        function: Function,
        payload: Bytes,
    ) -> impl Future<Output = Result<Bytes, InvokeError>> + Send;

    /// Carries out a command about API keys, which only the local service takes; none where no
    /// table of keys is at hand.
    fn administer(
        &self,
        _command: Command,
    ) -> impl Future<Output = Option<Result<Answer, KeyFault>>> + Send {
        async { None }
    }
}
