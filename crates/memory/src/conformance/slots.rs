//! Slots: the connections, divided among workers.

use std::time::Duration;

use llama_ws_core::ports::{Cell, Change, Cursor, Slot, Unavailable};
use llama_ws_core::{ConnectionDocument, ConnectionId};

use super::event_log::append;
use super::membership::publish;
use super::{Checked, Subject, TestTime};

pub async fn every_connection_belongs_to_exactly_one_slot<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let mut all = Vec::new();
    for _ in 0..40 {
        let document = on.new_document();
        publish(on, &document).await?;
        all.push(document.connection_id);
    }

    for count in [1, 2, 3, 16] {
        let mut seen = Vec::new();
        for index in 0..count {
            let members = on.store.members(Slot { index, count }).await?;
            seen.extend(members.documents.into_iter().map(id_of));
        }
        seen.sort_unstable();
        assert_eq!(seen, all, "with {count} slots");
    }
    Ok(())
}

pub async fn a_slot_reads_the_changes_of_its_members_and_no_others<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    for _ in 0..40 {
        publish(on, &on.new_document()).await?;
    }

    let mut sizes = Vec::new();
    for index in 0..3 {
        let slot = Slot { index, count: 3 };
        let members = on.store.members(slot).await?;
        let mut members: Vec<_> = members.documents.into_iter().map(id_of).collect();
        members.sort_unstable();
        let mut changed = changed(&changes_of(on, slot).await?);
        changed.sort_unstable();
        assert_eq!(changed, members);
        sizes.push(changed.len());
    }
    assert!(sizes.iter().all(|size| *size > 0), "{sizes:?}");
    Ok(())
}

pub async fn a_removal_is_read_by_the_slot_of_the_connection<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document();
    publish(on, &document).await?;
    on.store.remove(&document).await?;

    let mut readers = Vec::new();
    for index in 0..2 {
        readers.push(changes_of(on, Slot { index, count: 2 }).await?.len());
    }

    readers.sort_unstable();
    assert_eq!(readers, [0, 2]);
    Ok(())
}

pub async fn every_slot_reads_every_event<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let wanted = append(on, &[on.new_event(), on.new_event()]).await?;

    for index in 0..2 {
        let slot = Slot { index, count: 2 };
        let batch = on
            .store
            .read(slot, Cursor::default(), 10, Duration::ZERO)
            .await?;
        let offsets: Vec<_> = batch.events.iter().map(|entry| entry.offset).collect();
        assert_eq!(offsets, wanted);
    }
    Ok(())
}

/// Otherwise a quiet slot would read a busy one's changes again and again.
pub async fn a_slot_reads_past_the_changes_of_the_others<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let mut ends = Vec::new();
    for _ in 0..40 {
        publish(on, &on.new_document()).await?;
    }
    append(on, &[on.new_event()]).await?;

    for index in 0..3 {
        let slot = Slot { index, count: 3 };
        let mut cursor = Cursor::default();
        let mut seen = Vec::new();
        // Enough reads for an adapter that reads all slots' changes and passes over the others'.
        for _ in 0..40 {
            let batch = on.store.read(slot, cursor, 3, Duration::ZERO).await?;
            seen.extend(changed(&batch.changes));
            cursor = batch.read_to;
        }
        assert_eq!(seen, changed(&changes_of(on, slot).await?));
        ends.push(cursor);
    }

    let last = on.read(Cursor::default(), 1_000).await?.read_to;
    assert_eq!(ends, [last; 3]);
    Ok(())
}

fn id_of(document: ConnectionDocument) -> ConnectionId {
    document.connection_id
}

async fn changes_of<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    slot: Slot,
) -> Result<Vec<Change>, Unavailable> {
    let read = on
        .store
        .read(slot, Cursor::default(), 1_000, Duration::ZERO);
    Ok(read.await?.changes)
}

fn changed(changes: &[Change]) -> Vec<ConnectionId> {
    let ids = changes.iter().map(|change| change.kind.connection_id());
    ids.cloned().collect()
}
