//! What all parts of a running gateway share, and how they run a function.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use llama_ws_core::ports::Clock;
use llama_ws_functions::Function;
use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinError;

use super::invoke::{Invoke, InvokeError};
use super::options::Options;
use super::registry::Registry;
use super::tasks::Tasks;

/// One running gateway.
#[derive(Debug)]
pub(super) struct Api<C, I> {
    /// The live connections and throttles.
    pub(super) registry: Registry<C>,
    /// Runs the functions.
    pub(super) invoker: Arc<I>,
    /// Names, routes, faults.
    pub(super) options: Options,
    /// What a shutdown waits for.
    pub(super) tasks: Tasks,
    /// The port that is listened on.
    pub(super) port: u16,
    /// True once the gateway is stopping.
    pub(super) stop: watch::Receiver<bool>,
    /// Connections asked for so far.
    pub(super) connects: AtomicU64,
}

impl<C: Clock, I: Invoke> Api<C, I> {
    /// Runs a function within the integration timeout. As on AWS, a function that takes longer
    /// runs on; nobody hears its answer.
    pub(super) async fn run(
        &self,
        function: Function,
        payload: Bytes,
    ) -> Result<Bytes, InvokeError> {
        let clock = self.registry.clock();
        let deadline = clock.now().plus(self.registry.limits().integration_timeout);
        let invoker = self.invoker.clone();
        let running = self
            .tasks
            .spawn(async move { invoker.invoke(function, payload).await });
        let outcome = select! {
            biased;
            answer = running => answer.unwrap_or_else(|crash| Err(crashed(&crash))),
            () = clock.sleep_until(deadline) => Err(InvokeError::TimedOut),
        };
        if let Err(error) = &outcome {
            tracing::warn!(%function, %error, "invocation failed");
        }
        outcome
    }

    /// Completes once the gateway is stopping.
    pub(super) async fn stopping(&self) {
        // A sender that is gone means the same as one that said stop.
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }

    /// How many connections were asked for before this one.
    pub(super) fn next_ordinal(&self) -> u64 {
        self.connects.fetch_add(1, Ordering::Relaxed)
    }
}

fn crashed(crash: &JoinError) -> InvokeError {
    InvokeError::Function(crash.to_string())
}
