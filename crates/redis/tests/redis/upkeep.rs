//! Rebuilding and repairing.

use llama_ws_core::ports::{ChangeKind, Membership, Publication, Record, Slot, Upkeep, WorkLog};
use llama_ws_core::{Offset, UnixMillis};
use llama_ws_test_servers::redis::{Redis, Setup};
use llama_ws_test_servers::unique;

use crate::cells::{cell, on_every_server};
use crate::values::{append, authenticated, document, now, read_all};

on_every_server! {
    an_epoch_begins_with_a_gap_above_everything
    what_is_restored_is_a_member_again_and_what_was_removed_is_not
    what_is_discarded_is_gone_everywhere
}

async fn an_epoch_begins_with_a_gap_above_everything(setup: Setup) {
    let server = Redis::shared(setup);
    for floor_in_ms in [0, 60_000] {
        let cell = cell(&server);
        let before = append(&cell).await;
        let floor = Offset::new(now().0 + floor_in_ms, 7);

        let marker = cell.begin_epoch(floor).await.unwrap();
        let after = append(&cell).await;

        assert!(marker > floor && marker > before && after > marker);
        assert!(marker.ms() > now().0 + 900);
        let entries = read_all(&cell).await.events;
        assert_eq!(entries[1].offset, marker);
        assert!(matches!(entries[1].record, Record::Gap));
    }
}

async fn what_is_restored_is_a_member_again_and_what_was_removed_is_not(setup: Setup) {
    let server = Redis::shared(setup);
    let (cell, user) = (cell(&server), unique());
    let documents: Vec<_> = (0..150)
        .map(|_| authenticated(&document(), &user))
        .collect();
    let gone = authenticated(&document(), &user);
    cell.remove(&gone).await.unwrap();

    for _ in 0..2 {
        cell.restore(&documents).await.unwrap();
        cell.restore(std::slice::from_ref(&gone)).await.unwrap();
    }

    let members = cell.members(Slot::WHOLE).await.unwrap();
    assert_eq!(members.documents.len(), 150);
    assert_eq!(read_all(&cell).await.changes.len(), 151);
    assert!(cell.is_live(&documents[149].connection_id).await.unwrap());
    assert!(!cell.is_live(&gone.connection_id).await.unwrap());
    let one_more = authenticated(&document(), &user);
    let over = cell.publish(&one_more, Some(150)).await.unwrap();
    assert_eq!(over, Publication::OverAllowance);
    let in_time = cell.publish(&one_more, Some(151)).await.unwrap();
    assert!(matches!(in_time, Publication::Done { .. }));
}

async fn what_is_discarded_is_gone_everywhere(setup: Setup) {
    let server = Redis::start(setup);
    let cell = cell(&server);
    let connected = document();
    cell.publish(&connected, None).await.unwrap();
    let sample = cell.sample_live(10).await.unwrap();
    assert_eq!(sample, std::slice::from_ref(&connected.connection_id));

    let (id, soon) = (&connected.connection_id, UnixMillis(now().0 + 1_000));
    assert!(!cell.discard(id, connected.connected_at).await.unwrap());
    assert!(cell.discard(id, soon).await.unwrap());
    assert!(!cell.discard(id, soon).await.unwrap());
    let unknown = document().connection_id;
    assert!(!cell.discard(&unknown, soon).await.unwrap());

    assert_eq!(cell.sample_live(10).await.unwrap(), []);
    assert_eq!(cell.members(Slot::WHOLE).await.unwrap().documents, []);
    let changes = read_all(&cell).await.changes;
    assert_eq!(changes.len(), 2);
    assert!(matches!(changes[1].kind, ChangeKind::Removed { .. }));
}
