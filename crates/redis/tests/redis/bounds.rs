//! What the logs keep, and when the event log refuses more.

use std::time::Duration;

use llama_ws_core::ports::{
    Acquired, Checkpoint, Cursor, EventLog, Lease, Leases, Marks, Membership, Slot, WorkLog,
};
use llama_ws_redis::{CellBounds, RedisCell, RedisConfig};
use llama_ws_test_servers::redis::{Redis, Setup};

use crate::cells::{cell, config, on_every_server};
use crate::values::{append, candidate, document, event, read_all};

on_every_server! {
    the_oldest_events_beyond_the_count_are_trimmed_and_readers_are_told
    the_newest_event_stays_whatever_the_bounds
    the_oldest_events_beyond_the_bytes_are_trimmed
    events_older_than_the_age_are_trimmed_by_an_append
    the_change_log_waits_for_the_checkpoint_of_a_live_lease
    above_80_percent_of_the_memory_events_are_refused_and_control_passes
    a_checkpoint_may_have_thousands_of_marks
}

fn cell_with(server: &Redis, bounds: CellBounds) -> RedisCell {
    let config = RedisConfig {
        bounds,
        ..config(server)
    };
    RedisCell::connect(&config).unwrap()
}

async fn is_trimmed(cell: &RedisCell, events: llama_ws_core::Offset) -> bool {
    let cursor = Cursor {
        events,
        ..Cursor::default()
    };
    let read = cell.read(Slot::WHOLE, cursor, 10, Duration::ZERO);
    read.await.unwrap().trimmed
}

async fn the_oldest_events_beyond_the_count_are_trimmed_and_readers_are_told(setup: Setup) {
    let server = Redis::shared(setup);
    let bounds = CellBounds {
        max_events: 2,
        ..CellBounds::default()
    };
    let cell = cell_with(&server, bounds);

    let mut offsets = Vec::new();
    for _ in 0..4 {
        offsets.push(append(&cell).await);
    }

    let kept: Vec<_> = read_all(&cell)
        .await
        .events
        .iter()
        .map(|entry| entry.offset)
        .collect();
    assert_eq!(kept, offsets[2..]);
    assert!(is_trimmed(&cell, offsets[0]).await);
    assert!(!is_trimmed(&cell, offsets[1]).await);
    assert!(!is_trimmed(&cell, offsets[3]).await);
}

async fn the_newest_event_stays_whatever_the_bounds(setup: Setup) {
    let server = Redis::shared(setup);
    for bounds in [
        CellBounds {
            max_events: 0,
            ..CellBounds::default()
        },
        CellBounds {
            max_event_bytes: 0,
            ..CellBounds::default()
        },
    ] {
        let cell = cell_with(&server, bounds);
        append(&cell).await;
        let newest = append(&cell).await;

        let kept = read_all(&cell).await.events;
        assert_eq!(
            kept.iter().map(|entry| entry.offset).collect::<Vec<_>>(),
            [newest]
        );
    }
}

async fn the_oldest_events_beyond_the_bytes_are_trimmed(setup: Setup) {
    let server = Redis::shared(setup);
    let entry = serde_json::to_string(&event()).unwrap().len() + 128;
    let bounds = CellBounds {
        // Ids differ in length by a digit or two.
        max_event_bytes: 3 * entry + 20,
        ..CellBounds::default()
    };
    let cell = cell_with(&server, bounds);

    for _ in 0..10 {
        append(&cell).await;
    }

    assert_eq!(read_all(&cell).await.events.len(), 3);
}

async fn events_older_than_the_age_are_trimmed_by_an_append(setup: Setup) {
    let server = Redis::shared(setup);
    let bounds = CellBounds {
        event_age: Duration::ZERO,
        ..CellBounds::default()
    };
    let cell = cell_with(&server, bounds);
    let first = append(&cell).await;

    // Each append takes a part of a millisecond.
    while append(&cell).await.ms() == first.ms() {}

    assert!(read_all(&cell).await.trimmed);
}

async fn the_change_log_waits_for_the_checkpoint_of_a_live_lease(setup: Setup) {
    let server = Redis::shared(setup);
    let bounds = CellBounds {
        max_changes: 2,
        ..CellBounds::default()
    };
    let cell = cell_with(&server, bounds);
    let lease = granted(cell.acquire(Slot::WHOLE, &candidate()).await.unwrap());

    for _ in 0..5 {
        cell.publish(&document(), None).await.unwrap();
    }
    let all = read_all(&cell).await;
    assert_eq!(all.changes.len(), 5);

    let progress = Checkpoint {
        cursor: all.read_to,
        ..Checkpoint::default()
    };
    cell.checkpoint(Slot::WHOLE, lease.token, &progress)
        .await
        .unwrap();
    cell.publish(&document(), None).await.unwrap();
    assert_eq!(read_all(&cell).await.changes.len(), 2);
}

async fn above_80_percent_of_the_memory_events_are_refused_and_control_passes(setup: Setup) {
    let server = Redis::start(setup);
    let cell = cell(&server);
    cell.publish(&document(), None).await.unwrap();
    let used = server.info("memory", "used_memory").await;
    let used = used.into_iter().max().unwrap();

    let most = used + used / 8;
    assert_eq!(
        server.say(&format!("CONFIG SET maxmemory {most}")).await,
        "+OK"
    );

    let refused = cell.append(&[event()]).await.unwrap_err();
    assert!(refused.reason.contains("80 %"), "{refused}");
    cell.publish(&document(), None).await.unwrap();
    assert_eq!(cell.append(&[]).await.unwrap().outcomes, []);
}

/// More values than one call inside a script may have.
async fn a_checkpoint_may_have_thousands_of_marks(setup: Setup) {
    let server = Redis::shared(setup);
    let cell = cell(&server);
    let first = candidate();
    cell.acquire(Slot::WHOLE, &first).await.unwrap();
    let marks: Vec<_> = (0..12_345)
        .map(|_| (document().connection_id, Marks::default()))
        .collect();
    let forgotten = marks.iter().map(|(id, _)| id.clone()).skip(1).collect();
    let progresses = [
        Checkpoint {
            marks: marks.clone(),
            ..Checkpoint::default()
        },
        Checkpoint {
            forgotten,
            ..Checkpoint::default()
        },
    ];

    for (progress, left) in progresses.iter().zip([12_345, 1]) {
        let lease = granted(cell.acquire(Slot::WHOLE, &first).await.unwrap());
        cell.checkpoint(Slot::WHOLE, lease.token, progress)
            .await
            .unwrap();
        let again = granted(cell.acquire(Slot::WHOLE, &first).await.unwrap());
        assert_eq!(again.marks.len(), left);
    }
}

fn granted(answer: Acquired) -> Lease {
    match answer {
        Acquired::Granted(lease) => lease,
        held @ Acquired::Held { .. } => panic!("{held:?}"),
    }
}
