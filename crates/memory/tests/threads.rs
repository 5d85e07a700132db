//! The same handles used from several threads at once.

use std::time::Duration;

use llama_ws_core::ports::{Cursor, EventLog, Membership, Publication, Slot, WorkLog};
use llama_ws_core::{Offset, UnixMillis};
use llama_ws_memory::conformance::Subject;
use llama_ws_memory::{ManualClock, MemoryCell};
use tokio::task::JoinSet;

const LONG_WAIT: Duration = Duration::from_secs(3_600);

fn cell() -> Subject<MemoryCell<ManualClock>, ManualClock> {
    let clock = ManualClock::new(UnixMillis(1_764_000_000_000));
    Subject::new(MemoryCell::new(clock.clone()), clock, "threads")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_allowance_holds_against_threads() {
    let on = cell();
    let user = on.new_user();
    let mut connects = JoinSet::new();
    for _ in 0..50 {
        let (cell, document) = (on.store.clone(), on.new_document_of(&user));
        connects.spawn(async move { cell.publish(&document, Some(7)).await.unwrap() });
    }

    let published = connects.join_all().await;

    let let_in = |published: &&Publication| **published != Publication::OverAllowance;
    assert_eq!(published.iter().filter(let_in).count(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_that_waits_between_appends_misses_none_and_no_wake_up() {
    let on = cell();
    let mut appends = JoinSet::new();
    for _ in 0..4 {
        let (cell, events) = (
            on.store.clone(),
            (0..250).map(|_| on.new_event()).collect::<Vec<_>>(),
        );
        appends.spawn(async move {
            for event in events {
                cell.append(&[event]).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }

    let mut offsets: Vec<Offset> = Vec::new();
    let mut cursor = Cursor::default();
    while offsets.len() < 1_000 {
        let read = on.store.read(Slot::WHOLE, cursor, 10, LONG_WAIT);
        let batch = read.await.unwrap();
        offsets.extend(batch.events.iter().map(|entry| entry.offset));
        cursor = batch.read_to;
    }

    appends.join_all().await;
    assert_eq!(offsets.len(), 1_000);
    assert!(offsets.is_sorted_by(|a, b| a < b));
}
