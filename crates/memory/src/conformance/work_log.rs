//! Reading both logs: from a cursor, in order, by pages, and woken when something comes.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join;
use llama_ws_core::Offset;
use llama_ws_core::ports::{Batch, Cell, ChangeKind, Cursor, Slot, Unavailable};
use tokio::time::timeout;

use super::event_log::append;
use super::membership::publish;
use super::{Checked, Subject, TestTime};

/// How long a reader asks to wait that must be woken, and the longest the check waits for that.
const LONG_WAIT: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn an_empty_cell_reads_empty<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let batch = on.read(Cursor::default(), 10).await?;

    assert!(is_empty(&batch), "{batch:?}");
    assert_eq!(batch.changes_until, None);
    assert!(!batch.trimmed);
    let members = on.store.members(Slot::WHOLE).await?;
    assert_eq!(members.documents, []);
    Ok(())
}

pub async fn a_read_finds_what_lies_after_its_cursor<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    for _ in 0..3 {
        append(on, &[on.new_event()]).await?;
        publish(on, &on.new_document()).await?;
    }
    let all = on.read(Cursor::default(), 10).await?;
    let (events, changes) = (places(&all), change_places(&all));

    for done in 0..=3_usize {
        let last_done = |places: &[Offset]| {
            let last = done.checked_sub(1).and_then(|last| places.get(last));
            last.copied().unwrap_or_default()
        };
        let cursor = Cursor {
            events: last_done(&events),
            changes: last_done(&changes),
        };
        let batch = on.read(cursor, 10).await?;
        assert!(places(&batch).iter().eq(events.iter().skip(done)));
        assert!(change_places(&batch).iter().eq(changes.iter().skip(done)));
    }
    Ok(())
}

pub async fn a_read_tells_whether_it_cut_the_events<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let offsets = append(on, &[on.new_event(), on.new_event(), on.new_event()]).await?;

    let cut = on.read(Cursor::default(), 2).await?;
    assert_eq!(
        places(&cut),
        offsets.iter().take(2).copied().collect::<Vec<_>>()
    );
    assert!(cut.events_cut);
    assert_eq!(Some(cut.read_to.events), places(&cut).last().copied());

    let whole = on.read(Cursor::default(), 4).await?;
    assert_eq!(places(&whole), offsets);
    assert!(!whole.events_cut);
    assert_eq!(Some(whole.read_to.events), offsets.last().copied());
    Ok(())
}

/// Events later than the last change that was read might come after a change that was not.
pub async fn a_read_that_cut_the_changes_tells_which_events_must_wait<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    for _ in 0..3 {
        publish(on, &on.new_document()).await?;
        append(on, &[on.new_event()]).await?;
    }
    let events = places(&on.read(Cursor::default(), 10).await?);

    let cut = on.read(Cursor::default(), 2).await?;
    assert_eq!(cut.changes.len(), 2);
    assert_eq!(cut.changes_until, events.first().copied());
    assert_eq!(
        Some(cut.read_to.changes),
        change_places(&cut).last().copied()
    );

    let whole = on.read(Cursor::default(), 4).await?;
    assert_eq!(whole.changes.len(), 3);
    assert_eq!(whole.changes_until, None);
    Ok(())
}

pub async fn reading_on_from_read_to_read_misses_nothing<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    for _ in 0..7 {
        append(on, &[on.new_event()]).await?;
        publish(on, &on.new_document()).await?;
    }
    let all = on.read(Cursor::default(), 100).await?;

    for count in [1, 3, 6, 7, 8] {
        let mut cursor = Cursor::default();
        let (mut events, mut changes) = (Vec::new(), Vec::new());
        for _ in 0..7_usize.div_ceil(count) {
            let batch = on.read(cursor, count).await?;
            events.extend(places(&batch));
            changes.extend(change_places(&batch));
            assert!(batch.events.len() <= count && batch.changes.len() <= count);
            cursor = batch.read_to;
        }
        assert_eq!(events, places(&all), "by {count}");
        assert_eq!(changes, change_places(&all), "by {count}");
    }
    Ok(())
}

pub async fn the_changes_after_a_snapshot_of_the_members_complete_it<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (first, second, third) = (on.new_document(), on.new_document(), on.new_document());
    publish(on, &first).await?;
    publish(on, &second).await?;

    let members = on.store.members(Slot::WHOLE).await?;
    publish(on, &third).await?;
    on.store.remove(&first).await?;

    let mut live: BTreeSet<_> = members
        .documents
        .into_iter()
        .map(|document| document.connection_id)
        .collect();
    assert!(live.contains(&second.connection_id));
    let cursor = Cursor {
        changes: members.changes_after,
        ..Cursor::default()
    };
    for change in on.read(cursor, 10).await?.changes {
        match change.kind {
            ChangeKind::Document(document) => live.insert(document.connection_id.clone()),
            ChangeKind::CatchUp { .. } => false,
            ChangeKind::Removed { connection_id, .. } => live.remove(&connection_id),
        };
    }
    assert_eq!(
        live,
        BTreeSet::from([second.connection_id, third.connection_id])
    );
    Ok(())
}

pub async fn a_waiting_reader_is_woken_by_an_event<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let event = [on.new_event()];

    let (batch, appended) = join(woken_read(on), on.store.append(&event)).await;

    appended?;
    assert_eq!(batch?.events.len(), 1);
    Ok(())
}

pub async fn a_waiting_reader_is_woken_by_a_gap<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (batch, appended) = join(woken_read(on), on.store.append_gap()).await;

    appended?;
    assert_eq!(batch?.events.len(), 1);
    Ok(())
}

pub async fn a_waiting_reader_is_woken_by_a_change<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document();

    let (batch, published) = join(woken_read(on), publish(on, &document)).await;

    published?;
    assert_eq!(batch?.changes.len(), 1);
    Ok(())
}

pub async fn a_reader_with_something_to_read_does_not_wait<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    append(on, &[on.new_event()]).await?;

    assert_eq!(woken_read(on).await?.events.len(), 1);
    Ok(())
}

/// Checks that let time pass.
pub mod over_time {
    use super::*;

    pub async fn a_wait_ends_empty_when_its_time_is_up<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let wait = Duration::from_millis(500);

        let read = on.store.read(Slot::WHOLE, Cursor::default(), 10, wait);
        let (batch, ()) = join(timeout(PATIENCE, read), on.time.pass(wait)).await;

        let batch = batch.unwrap_or_else(|_| panic!("the reader still waits"))?;
        assert!(is_empty(&batch), "{batch:?}");
        Ok(())
    }
}

/// A read that is to be woken long before its wait is over.
async fn woken_read<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Result<Batch, Unavailable> {
    let read = on.store.read(Slot::WHOLE, Cursor::default(), 10, LONG_WAIT);
    match timeout(PATIENCE, read).await {
        Ok(batch) => batch,
        Err(_) => panic!("nobody woke the reader"),
    }
}

fn is_empty(batch: &Batch) -> bool {
    batch.events.is_empty() && batch.changes.is_empty()
}

fn places(batch: &Batch) -> Vec<Offset> {
    batch.events.iter().map(|entry| entry.offset).collect()
}

fn change_places(batch: &Batch) -> Vec<Offset> {
    batch.changes.iter().map(|change| change.id).collect()
}
