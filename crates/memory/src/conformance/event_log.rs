//! The event log: each event once, each at a later place than the one before.

use std::time::Duration;

use futures_util::future::join_all;
use llama_ws_core::ports::{
    AppendOutcome, Cell, Checkpoint, Cursor, LEASE_LIFE, LogEntry, Record, Slot, Unavailable,
};
use llama_ws_core::{Event, EventId, Offset, Target};

use super::leases::granted;
use super::{Checked, Subject, TestTime};

pub async fn events_are_read_in_the_order_they_were_appended<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let events = [on.new_event(), on.new_event(), on.new_event()];

    let mut offsets = append(on, &events).await?;
    offsets.extend(append(on, &[on.new_event()]).await?);

    assert!(offsets.is_sorted_by(|a, b| a < b), "{offsets:?}");
    let entries = on.all_events().await?;
    let read: Vec<_> = entries.iter().map(|entry| entry.offset).collect();
    assert_eq!(read, offsets);
    let ids: Vec<_> = entries.iter().take(3).map(id_of).collect();
    assert_eq!(ids, events.each_ref().map(|event| Some(event.id.clone())));
    Ok(())
}

pub async fn an_event_is_read_as_it_was_appended<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let data = r#"{ "price" : 1.50 ,"big":12345678901234567890.10,"x":"\u00e9\"é","price":1e3}"#;
    let mut event = on.event(&format!(
        r#"{{"type":"alert","timestamp":7,"userId":"u 1","data":{data}}}"#
    ));
    event.target = Target::All;

    append(on, std::slice::from_ref(&event)).await?;

    let entries = on.all_events().await?;
    let read = entries.first().and_then(event_of);
    let read = read.unwrap_or_else(|| panic!("no event: {entries:?}"));
    assert_eq!(read.data.get(), data);
    assert_eq!(read.id, event.id);
    assert_eq!(read.event_type, event.event_type);
    assert_eq!(read.timestamp, event.timestamp);
    assert_eq!(read.user_id, event.user_id);
    assert_eq!(read.priority, event.priority);
    assert_eq!(read.target, event.target);
    Ok(())
}

pub async fn an_id_is_appended_once<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let event = on.new_event();

    append(on, std::slice::from_ref(&event)).await?;
    let again = on.store.append(&[event]).await?;

    assert_eq!(again.outcomes, [AppendOutcome::Duplicate]);
    assert_eq!(on.all_events().await?.len(), 1);
    Ok(())
}

pub async fn an_id_that_repeats_within_a_batch_is_appended_once<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (a, b) = (on.new_event(), on.new_event());

    let appended = on.store.append(&[a.clone(), b, a]).await?;

    let new = appended.outcomes.iter().map(is_new);
    assert_eq!(new.collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(on.all_events().await?.len(), 2);
    Ok(())
}

pub async fn a_duplicate_does_not_keep_its_neighbours_out<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let old = on.new_event();
    append(on, std::slice::from_ref(&old)).await?;

    let batch = [on.new_event(), old, on.new_event()];
    let appended = on.store.append(&batch).await?;

    let new = appended.outcomes.iter().map(is_new);
    assert_eq!(new.collect::<Vec<_>>(), [true, false, true]);
    let read: Vec<_> = on.all_events().await?.iter().skip(1).map(id_of).collect();
    assert_eq!(
        read.first(),
        batch.first().map(|event| Some(event.id.clone())).as_ref()
    );
    assert_eq!(
        read.last(),
        batch.last().map(|event| Some(event.id.clone())).as_ref()
    );
    Ok(())
}

pub async fn an_empty_batch_appends_nothing<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let appended = on.store.append(&[]).await?;

    assert_eq!(appended.outcomes, []);
    assert_eq!(on.all_events().await?.len(), 0);
    Ok(())
}

pub async fn concurrent_appends_never_share_a_place<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let batches: Vec<[Event; 5]> = (0..20)
        .map(|_| std::array::from_fn(|_| on.new_event()))
        .collect();

    let appended = join_all(batches.iter().map(|batch| append(on, batch))).await;
    let mut told = Vec::new();
    for offsets in appended {
        let offsets = offsets?;
        assert!(offsets.is_sorted_by(|a, b| a < b), "{offsets:?}");
        told.extend(offsets);
    }

    let entries = on.all_events().await?;
    let read: Vec<_> = entries.iter().map(|entry| entry.offset).collect();
    assert!(read.is_sorted_by(|a, b| a < b), "{read:?}");
    told.sort_unstable();
    assert_eq!(told, read);
    Ok(())
}

pub async fn of_concurrent_copies_exactly_one_is_appended<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let event = [on.new_event()];

    let appended = join_all((0..20).map(|_| on.store.append(&event))).await;
    let appended: Vec<_> = appended.into_iter().collect::<Result<_, _>>()?;

    let new = appended
        .iter()
        .flat_map(|appended| &appended.outcomes)
        .filter(|outcome| is_new(outcome));
    assert_eq!(new.count(), 1);
    assert_eq!(on.all_events().await?.len(), 1);
    Ok(())
}

pub async fn a_gap_has_its_place_in_the_order<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let before = append(on, &[on.new_event()]).await?;
    let gap = on.store.append_gap().await?;
    let after = append(on, &[on.new_event()]).await?;

    let entries = on.all_events().await?;
    let read: Vec<_> = entries.iter().map(|entry| entry.offset).collect();
    assert_eq!(read, [before, vec![gap], after].concat());
    let events: Vec<_> = entries
        .iter()
        .map(|entry| event_of(entry).is_some())
        .collect();
    assert_eq!(events, [true, false, true]);
    Ok(())
}

pub async fn an_append_tells_whether_any_worker_is_live<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    assert!(!on.store.append(&[on.new_event()]).await?.worker_is_live);

    let slot = Slot { index: 1, count: 2 };
    let lease = granted(on.store.acquire(slot, &on.new_candidate()).await?);
    let appended = on.store.append(&[on.new_event()]).await?;
    assert!(appended.worker_is_live);

    let done = Checkpoint {
        cursor: Cursor {
            events: last_of(&on.all_events().await?),
            ..lease.cursor
        },
        ..Checkpoint::default()
    };
    on.store.release(slot, lease.token, &done).await?;
    assert!(!on.store.append(&[on.new_event()]).await?.worker_is_live);
    Ok(())
}

/// Checks that let time pass.
pub mod over_time {
    use super::*;

    pub async fn an_id_is_remembered_for_15_minutes<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let event = [on.new_event()];
        let first = append(on, &event).await?;

        on.time.pass(Duration::from_secs(15 * 60 - 5)).await;
        let again = on.store.append(&event).await?;
        assert_eq!(again.outcomes, [AppendOutcome::Duplicate]);

        on.time.pass(Duration::from_secs(6)).await;
        let anew = append(on, &event).await?;
        assert!(anew > first);
        Ok(())
    }

    pub async fn a_worker_is_live_as_long_as_its_lease<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        on.store.acquire(Slot::WHOLE, &on.new_candidate()).await?;

        on.time.pass(LEASE_LIFE - Duration::from_secs(1)).await;
        assert!(on.store.append(&[on.new_event()]).await?.worker_is_live);
        on.time.pass(Duration::from_secs(1)).await;
        assert!(!on.store.append(&[on.new_event()]).await?.worker_is_live);
        Ok(())
    }

    /// How much is trimmed, and when, is the adapter's; that it is told is not.
    pub async fn a_reader_that_was_overtaken_by_the_trim_is_told<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        append(on, &[on.new_event()]).await?;
        let second = last_of_appended(&append(on, &[on.new_event()]).await?);
        on.time.pass(Duration::from_secs(16 * 60)).await;
        let third = last_of_appended(&append(on, &[on.new_event()]).await?);

        let behind = on.read(Cursor::default(), 10).await?;
        assert_eq!(behind.read_to.events, third);
        assert_eq!(behind.trimmed, behind.events.len() < 3);
        let at_the_trim = Cursor {
            events: second,
            ..Cursor::default()
        };
        let beside = on.read(at_the_trim, 10).await?;
        assert_eq!(beside.events.len(), 1);
        assert!(!beside.trimmed);
        Ok(())
    }
}

/// Appends events that must all be new, and tells where they are.
pub(super) async fn append<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    events: &[Event],
) -> Result<Vec<Offset>, Unavailable> {
    let appended = on.store.append(events).await?;
    assert_eq!(appended.outcomes.len(), events.len());
    let places = appended.outcomes.iter().map(|outcome| match outcome {
        AppendOutcome::At(offset) => *offset,
        AppendOutcome::Duplicate => panic!("a new event was taken for a duplicate"),
    });
    Ok(places.collect())
}

/// Where the log ends.
pub(super) fn last_of(entries: &[LogEntry]) -> Offset {
    entries.last().map_or(Offset::ZERO, |entry| entry.offset)
}

fn last_of_appended(offsets: &[Offset]) -> Offset {
    offsets.last().copied().unwrap_or_default()
}

fn event_of(entry: &LogEntry) -> Option<&Event> {
    match &entry.record {
        Record::Event(event) => Some(event),
        Record::Gap => None,
    }
}

fn id_of(entry: &LogEntry) -> Option<EventId> {
    event_of(entry).map(|event| event.id.clone())
}

fn is_new(outcome: &AppendOutcome) -> bool {
    matches!(outcome, AppendOutcome::At(_))
}
