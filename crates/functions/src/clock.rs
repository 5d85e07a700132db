//! The machine's clock: the one file that may read it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;

/// Wall-clock time, waited for with tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> UnixMillis {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        UnixMillis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    async fn sleep_until(&self, at: UnixMillis) {
        tokio::time::sleep(at.since(self.now())).await;
    }
}
