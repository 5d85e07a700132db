//! The tasks of a running gateway, counted, so that a shutdown can wait for them.

use std::future::Future;

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Spawns tasks and knows when none is left.
#[derive(Debug, Clone, Default)]
pub(super) struct Tasks {
    running: watch::Sender<usize>,
}

impl Tasks {
    /// Runs `work` on its own; dropping the handle does not stop it.
    pub(super) fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let guard = Running::enter(self.running.clone());
        tokio::spawn(async move {
            let _guard = guard;
            work.await
        })
    }

    /// Completes when every spawned task has ended.
    pub(super) async fn idle(&self) {
        // The sender lives in `self`, so the channel cannot close while we wait.
        let _ = self.running.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// Counts one task for as long as it lives, even if it panics.
struct Running(watch::Sender<usize>);

impl Running {
    fn enter(running: watch::Sender<usize>) -> Self {
        running.send_modify(|count| *count += 1);
        Self(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
