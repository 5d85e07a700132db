//! Upkeep: a new epoch, documents put back, and ids that nobody has.

use std::collections::BTreeSet;
use std::time::Duration;

use llama_ws_core::ports::{Cell, ChangeKind, Publication, Record, Upkeep};
use llama_ws_core::{Offset, UnixMillis};

use super::event_log::{append, last_of};
use super::membership::publish;
use super::{Checked, Subject, TestTime};

pub async fn an_epoch_begins_with_a_gap_ahead_of_the_clock<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    append(on, &[on.new_event()]).await?;
    let before = on.time.now();

    let begun = on.store.begin_epoch(Offset::ZERO).await?;

    assert!(begun.ms() > before.plus(Duration::from_secs(1)).0);
    let entries = on.all_events().await?;
    assert_eq!(last_of(&entries), begun);
    let gap = entries.last().map(|entry| &entry.record);
    assert!(matches!(gap, Some(Record::Gap)), "{gap:?}");
    Ok(())
}

pub async fn an_epoch_begins_above_every_offset_that_was_seen<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let ahead = on.time.now().plus(Duration::from_secs(3_600));
    let floor = Offset::new(ahead.0, 7);

    let begun = on.store.begin_epoch(floor).await?;
    let next = append(on, &[on.new_event()]).await?;
    let again = on.store.begin_epoch(floor).await?;

    assert!(begun > floor);
    assert!(next.iter().all(|offset| *offset > begun && *offset < again));
    Ok(())
}

pub async fn what_is_restored_is_live_a_member_and_a_change<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let documents = [on.new_document(), on.new_document_of(&on.new_user())];

    on.store.restore(&documents).await?;

    for document in &documents {
        let id = &document.connection_id;
        assert!(on.store.is_live(id).await?);
        assert_eq!(on.member(id).await?.as_ref(), Some(document));
    }
    assert_eq!(on.all_changes().await?.len(), 2);
    Ok(())
}

pub async fn restoring_again_succeeds_and_changes_nothing<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let documents = [on.new_document()];

    on.store.restore(&documents).await?;
    on.store.restore(&documents).await?;
    on.store.restore(&[]).await?;

    assert_eq!(on.all_changes().await?.len(), 1);
    Ok(())
}

pub async fn restoring_never_takes_a_document_back<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (first, fresh) = (on.new_document(), on.new_document());
    publish(on, &first.next()).await?;

    on.store.restore(&[first.clone(), fresh.clone()]).await?;

    let member = on.member(&first.connection_id).await?;
    assert_eq!(member, Some(first.next()));
    assert!(on.store.is_live(&fresh.connection_id).await?);
    Ok(())
}

pub async fn restoring_does_not_resurrect_a_removed_connection<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let gone = on.new_document_of(&user);
    publish(on, &gone).await?;
    on.store.remove(&gone).await?;

    on.store.restore(&[gone.next()]).await?;

    assert!(!on.store.is_live(&gone.connection_id).await?);
    assert_eq!(on.member(&gone.connection_id).await?, None);
    let next = on
        .store
        .publish(&on.new_document_of(&user), Some(1))
        .await?;
    assert!(matches!(next, Publication::Done { .. }));
    Ok(())
}

/// They were let in before.
pub async fn restored_connections_have_places_whatever_the_allowance<
    S: Cell + Upkeep,
    T: TestTime,
>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let restored = [on.new_document_of(&user), on.new_document_of(&user)];

    on.store.restore(&restored).await?;

    let newcomer = on.new_document_of(&user);
    let over = on.store.publish(&newcomer, Some(2)).await?;
    assert_eq!(over, Publication::OverAllowance);
    for document in &restored {
        let kept = on.store.publish(&document.next(), Some(2)).await?;
        assert!(matches!(kept, Publication::Done { .. }));
    }
    Ok(())
}

pub async fn a_sample_is_of_live_connections_and_no_larger_than_asked<
    S: Cell + Upkeep,
    T: TestTime,
>(
    on: &Subject<S, T>,
) -> Checked {
    assert_eq!(on.store.sample_live(10).await?, []);
    let mut live = BTreeSet::new();
    for _ in 0..5 {
        let (stays, goes) = (on.new_document(), on.new_document());
        publish(on, &stays).await?;
        publish(on, &goes).await?;
        on.store.remove(&goes).await?;
        live.insert(stays.connection_id);
    }

    for count in [0, 1, 4, 5, 6] {
        let sample = on.store.sample_live(count).await?;
        assert!(sample.len() <= count, "{} of {count}", sample.len());
        assert!(sample.iter().all(|id| live.contains(id)));
    }
    let all: BTreeSet<_> = on.store.sample_live(5).await?.into_iter().collect();
    assert_eq!(all, live);
    Ok(())
}

pub async fn what_is_discarded_is_gone_and_its_going_a_change<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (dead, stays) = (on.new_document(), on.new_document());
    publish(on, &dead).await?;
    publish(on, &stays).await?;

    let discarded = on.store.discard(&dead.connection_id, later(on)).await?;

    assert!(discarded);
    assert!(!on.store.is_live(&dead.connection_id).await?);
    assert_eq!(on.member(&dead.connection_id).await?, None);
    assert!(on.store.is_live(&stays.connection_id).await?);
    let changes = on.all_changes().await?;
    let last = changes.last().map(|change| &change.kind);
    assert!(
        matches!(last, Some(ChangeKind::Removed { connection_id, connected_at })
            if *connection_id == dead.connection_id && *connected_at == dead.connected_at),
        "{last:?}"
    );
    Ok(())
}

pub async fn discarding_what_is_not_there_is_no_fault<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let dead = on.new_document();
    publish(on, &dead).await?;
    on.store.remove(&dead).await?;

    for id in [&on.new_connection_id(), &dead.connection_id] {
        assert!(!on.store.discard(id, later(on)).await?);
        assert!(!on.store.is_live(id).await?);
    }
    assert_eq!(on.all_changes().await?.len(), 2);
    Ok(())
}

/// `$connect` has published it and may not have stored it yet.
pub async fn a_connection_that_is_not_old_enough_is_not_discarded<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let young = on.new_document_of(&on.new_user());
    let (id, began) = (&young.connection_id, young.connected_at);
    publish(on, &young).await?;

    for before in [began.minus(Duration::from_secs(10)), began] {
        assert!(!on.store.discard(id, before).await?);
        assert!(on.store.is_live(id).await?);
        assert_eq!(on.member(id).await?.as_ref(), Some(&young));
    }
    assert_eq!(on.all_changes().await?.len(), 1);
    let next = began.plus(Duration::from_millis(1));
    assert!(on.store.discard(id, next).await?);
    assert_eq!(on.member(id).await?, None);
    Ok(())
}

pub async fn discarding_gives_the_users_place_back<S: Cell + Upkeep, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let (dead, next) = (on.new_document_of(&user), on.new_document_of(&user));
    on.store.publish(&dead, Some(1)).await?;

    on.store.discard(&dead.connection_id, later(on)).await?;

    let let_in = on.store.publish(&next, Some(1)).await?;
    assert!(matches!(let_in, Publication::Done { .. }));
    Ok(())
}

/// After every connection of the check began.
fn later<S, T: TestTime>(on: &Subject<S, T>) -> UnixMillis {
    on.time.now().plus(Duration::from_secs(60))
}
