//! Waiting: for what must become true, or for virtual time. Never for real time to pass.

use std::time::Duration;

use llama_ws_memory::ManualClock;
use tokio::time::{interval, timeout};

/// Longest wait for anything that must come; nothing waits this long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// How often everybody who can go on gets a turn before virtual time moves again.
const TURNS: usize = 20;

/// Waits until `holds` answers true.
///
/// # Panics
/// Naming `what`, when it never does.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let looking = async {
        let mut looks = interval(LOOK_EVERY);
        while !holds().await {
            looks.tick().await;
        }
    };
    timeout(PATIENCE, looking)
        .await
        .unwrap_or_else(|_| panic!("in vain: {what}"));
}

/// Lets virtual time pass second by second, so that what is due on the way happens in its order.
/// For tests on one thread, where a yield gives everybody else a turn.
pub async fn pass(clock: &ManualClock, time: Duration) {
    let mut left = time;
    settle().await;
    while !left.is_zero() {
        let step = left.min(Duration::from_secs(1));
        clock.advance(step);
        left -= step;
        settle().await;
    }
}

/// Gives everybody who can go on a turn, and what they cause, and so on.
pub async fn settle() {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}
