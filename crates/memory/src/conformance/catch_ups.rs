//! Catching up: its place in the order, one replay at a time, and the event log read backwards.

use llama_ws_core::ports::{
    Cell, ChangeKind, Cursor, Publication, RequestKind, Unavailable, Verdict,
};
use llama_ws_core::{CatchUp, Channel, ConnectionDocument, ConnectionId, Offset, Policy};

use super::event_log::append;
use super::membership::publish;
use super::{Checked, Subject, TestTime};

pub async fn an_order_follows_its_document_in_the_same_step<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let offsets = append(on, &[on.new_event()]).await?;
    let document = on.new_document();
    let order = CatchUp {
        since: Some(Offset::new(7, 3)),
        snapshot: Channel::parse("token:0xAB").into_iter().collect(),
    };

    let at = order_catch_up(on, &document, &order).await?;

    assert_eq!(Some(&at), offsets.last());
    let changes = on.all_changes().await?;
    let [change, ordered] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!((change.at, ordered.at), (at, at));
    assert!(matches!(&change.kind, ChangeKind::Document(found) if **found == document));
    assert!(
        matches!(&ordered.kind, ChangeKind::CatchUp { connection_id, connected_at, catch_up }
            if *connection_id == document.connection_id
                && *connected_at == document.connected_at
                && *catch_up == order),
        "{ordered:?}"
    );
    assert_eq!(on.member(&document.connection_id).await?, Some(document));
    Ok(())
}

pub async fn an_order_comes_alone_where_the_document_is_known<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document();
    let newer = ConnectionDocument {
        revision: 3,
        ..document.clone()
    };
    publish(on, &newer).await?;

    for _ in 0..2 {
        order_catch_up(on, &document, &CatchUp::after(Offset::ZERO)).await?;
    }

    let changes = on.all_changes().await?;
    let orders = changes
        .iter()
        .filter(|change| matches!(change.kind, ChangeKind::CatchUp { .. }));
    assert_eq!((changes.len(), orders.count()), (3, 2));
    assert_eq!(on.member(&document.connection_id).await?, Some(newer));
    Ok(())
}

pub async fn an_order_of_a_removed_connection_is_dropped<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document();
    publish(on, &document).await?;
    on.store.remove(&document).await?;
    let before = on.all_changes().await?.len();

    order_catch_up(on, &document, &CatchUp::after(Offset::ZERO)).await?;

    assert_eq!(on.all_changes().await?.len(), before);
    assert!(!on.store.is_live(&document.connection_id).await?);
    Ok(())
}

pub async fn a_connection_has_one_replay_at_a_time<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let [id, other] = [on.new_connection_id(), on.new_connection_id()];

    assert!(replays(on, &id).await?);
    assert!(!replays(on, &id).await?);
    assert!(replays(on, &other).await?);
    on.store.end_replays(&[id.clone(), other]).await?;
    assert!(replays(on, &id).await?);
    on.store.end_replays(&[]).await?;
    assert!(!replays(on, &id).await?);
    Ok(())
}

pub async fn a_second_replay_is_counted_against_no_limit<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();
    let policy = Policy {
        subscription_changes_per_minute: 2,
        ..Policy::default()
    };
    let asks = |kind| on.store.admit_request(&id, kind, &policy);
    asks(RequestKind::Replay).await?;

    let second = asks(RequestKind::Replay).await?.verdict;

    let Verdict::Limited { retry_after } = second else {
        panic!("{second:?}");
    };
    assert!(retry_after <= llama_ws_core::ports::REPLAY_RETRY);
    let change = asks(RequestKind::SubscriptionChange).await?;
    assert_eq!(change.verdict, Verdict::Admitted);
    on.store.end_replays(std::slice::from_ref(&id)).await?;
    let third_change = asks(RequestKind::Replay).await?.verdict;
    assert_ne!(third_change, Verdict::Admitted);
    Ok(())
}

pub async fn of_20_replays_at_once_exactly_one_passes<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();
    let policy = Policy {
        subscription_changes_per_minute: 100,
        ..Policy::default()
    };
    let asks = (0..20).map(|_| on.store.admit_request(&id, RequestKind::Replay, &policy));
    let answers = futures_util::future::try_join_all(asks).await?;

    let passed = answers
        .iter()
        .filter(|answer| answer.verdict == Verdict::Admitted);
    assert_eq!(passed.count(), 1);
    Ok(())
}

pub async fn the_past_is_read_in_pages_that_end_where_they_are_asked_to<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let events: Vec<_> = (0..5).map(|_| on.new_event()).collect();
    let offsets = append(on, &events).await?;

    for (last, offset) in offsets.iter().enumerate() {
        for count in [1, last, last + 1, last + 2] {
            let page = on.store.history(*offset, count).await?;
            let found = page.entries.iter().map(|entry| &entry.offset);
            let first = (last + 1).saturating_sub(count);
            assert!(
                found.eq(offsets.iter().take(last + 1).skip(first)),
                "{count} up to {last}: {page:?}"
            );
            assert_eq!(page.trimmed_up_to, Offset::ZERO);
        }
    }
    let before_all = offsets.first().map(|first| first.preceding());
    let nothing = on.store.history(before_all.unwrap_or_default(), 9).await?;
    assert!(nothing.entries.is_empty());
    Ok(())
}

/// Who looks for orders only has no use for events.
pub async fn after_the_last_offset_a_read_finds_changes_only<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    append(on, &[on.new_event()]).await?;
    order_catch_up(on, &on.new_document(), &CatchUp::after(Offset::ZERO)).await?;

    let cursor = Cursor {
        events: Offset::LAST,
        changes: Offset::ZERO,
    };
    let batch = on.read(cursor, 9).await?;

    assert_eq!((batch.events.len(), batch.changes.len()), (0, 2));
    assert!(!batch.trimmed);
    Ok(())
}

/// Checks that need time to pass: 15 min.
pub mod over_time {
    use std::time::Duration;

    use super::*;

    pub async fn the_past_tells_how_far_it_was_trimmed<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let old = append(on, &[on.new_event(), on.new_event()]).await?;
        on.time.pass(Duration::from_secs(15 * 60 + 1)).await;
        let new = append(on, &[on.new_event()]).await?;

        let page = on
            .store
            .history(new.last().copied().unwrap_or_default(), 9)
            .await?;
        let found: Vec<_> = page.entries.iter().map(|entry| entry.offset).collect();
        assert_eq!(found, new);
        assert_eq!(Some(&page.trimmed_up_to), old.last());
        Ok(())
    }

    pub async fn a_replays_place_frees_itself<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
        let id = on.new_connection_id();
        assert!(replays(on, &id).await?);

        on.time.pass(llama_ws_core::LIMIT_WINDOW).await;

        assert!(replays(on, &id).await?);
        Ok(())
    }
}

async fn order_catch_up<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    document: &ConnectionDocument,
    order: &CatchUp,
) -> Result<Offset, Unavailable> {
    match on.store.publish_catch_up(document, order).await? {
        Publication::Done { at, .. } => Ok(at),
        Publication::OverAllowance => panic!("over an allowance that was not asked for"),
    }
}

async fn replays<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    id: &ConnectionId,
) -> Result<bool, Unavailable> {
    let policy = Policy::default();
    let asked = on.store.admit_request(id, RequestKind::Replay, &policy);
    Ok(asked.await?.verdict == Verdict::Admitted)
}
