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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_sleeper_wakes_when_the_clock_reaches_its_time_and_not_before() {
        let clock = ManualClock::new(UnixMillis(100));
        let mut sleep = Box::pin(clock.sleep_until(UnixMillis(103)));

        clock.advance(Duration::from_millis(2));
        assert_eq!(sleep.as_mut().now_or_never(), None);
        clock.advance(Duration::from_millis(1));
        assert_eq!(sleep.as_mut().now_or_never(), Some(()));

        assert_eq!(clock.now(), UnixMillis(103));
        assert_eq!(clock.sleep_until(UnixMillis(1)).now_or_never(), Some(()));
    }
}
