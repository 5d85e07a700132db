//! A clock that stands still until it is told to move.

use std::time::Duration;

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;
use tokio::sync::watch;

/// Virtual time: `advance` moves it, and whoever sleeps past that point wakes.
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: watch::Sender<UnixMillis>,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: UnixMillis) -> Self {
        Self {
            now: watch::Sender::new(start),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now = now.plus(by));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixMillis {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: UnixMillis) {
        let mut now = self.now.subscribe();
        // The sender lives in `self`, so the channel cannot close while we wait.
        let _ = now.wait_for(|now| *now >= at).await;
    }
}
