//! The one-minute schedules and the starter, as on AWS: workers by `event-fanout`, the reaper by
//! `disconnect`.

use std::time::Duration;

use bytes::Bytes;
use llama_ws_core::ports::{Clock, WorkerStarter};
use llama_ws_functions::Function;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::gateway::Invoke;

/// Between two invocations of a schedule.
const PERIOD: Duration = Duration::from_secs(60);

/// Asks for a worker; asking again while one is about to start changes nothing.
#[derive(Debug, Clone)]
pub struct LocalStarter(mpsc::Sender<()>);

/// Starters and the schedule meet here.
pub(super) fn starter() -> (LocalStarter, mpsc::Receiver<()>) {
    let (sender, receiver) = mpsc::channel(1);
    (LocalStarter(sender), receiver)
}

impl WorkerStarter for LocalStarter {
    async fn start(&self) {
        // Full means that a start is on its way.
        let _ = self.0.try_send(());
    }
}

/// Starts a candidate now, every minute, and when asked, and the reaper every minute. Dropping the
/// future ends them.
pub(super) async fn run<C: Clock, I: Invoke + Clone>(
    clock: C,
    functions: I,
    asked: mpsc::Receiver<()>,
) {
    tokio::join!(reap(&clock, &functions), work(&clock, &functions, asked));
}

async fn reap(clock: &impl Clock, functions: &impl Invoke) {
    loop {
        clock.sleep_until(clock.now().plus(PERIOD)).await;
        // A failure is in the log, and the next run makes up for it.
        let _ = functions
            .invoke(Function::Disconnect, Bytes::from_static(br#"{"reap":{}}"#))
            .await;
    }
}

async fn work<I: Invoke + Clone>(clock: &impl Clock, functions: &I, mut asked: mpsc::Receiver<()>) {
    let mut candidates = JoinSet::new();
    loop {
        let functions = functions.clone();
        candidates.spawn(async move {
            functions
                .invoke(Function::EventFanout, Bytes::from_static(br#"{"work":{}}"#))
                .await
        });
        while candidates.try_join_next().is_some() {}
        tokio::select! {
            () = clock.sleep_until(clock.now().plus(PERIOD)) => {}
            _ = asked.recv() => {}
        }
    }
}
