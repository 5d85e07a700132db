//! Membership: newer documents win, removals stay, and every change has its place in the order.

use std::time::Duration;

use llama_ws_core::ports::{Cell, Change, ChangeKind, Publication, Slot, Unavailable};
use llama_ws_core::{ConnectionDocument, Offset};

use super::{Checked, Subject, TestTime};

pub async fn a_publication_makes_a_member_and_a_change<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document_of(&on.new_user());

    publish(on, &document).await?;

    let id = &document.connection_id;
    assert!(on.store.is_live(id).await?);
    assert_eq!(on.member(id).await?.as_ref(), Some(&document));
    assert_eq!(documents(&on.all_changes().await?), [document]);
    Ok(())
}

pub async fn an_unknown_connection_is_not_live<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let unknown = on.new_connection_id();

    assert!(!on.store.is_live(&unknown).await?);
    assert_eq!(on.member(&unknown).await?, None);
    Ok(())
}

pub async fn a_newer_revision_replaces_an_older_one_and_never_the_reverse<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let first = on.new_document();
    let second = first.next();
    let tenth = ConnectionDocument {
        revision: 10,
        ..second.clone()
    };

    for document in [&second, &first, &tenth, &second] {
        publish(on, document).await?;
    }

    let member = on.member(&first.connection_id).await?;
    assert_eq!(member.as_ref(), Some(&tenth));
    assert_eq!(documents(&on.all_changes().await?), [second, tenth]);
    Ok(())
}

pub async fn publishing_again_succeeds_and_changes_nothing<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document();

    publish(on, &document).await?;
    publish(on, &document).await?;

    assert_eq!(documents(&on.all_changes().await?), [document]);
    Ok(())
}

pub async fn a_newer_generation_wins_whatever_its_revision<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let newer = on.new_document();
    let older = ConnectionDocument {
        connected_at: newer.connected_at.minus(Duration::from_secs(5)),
        revision: 9,
        ..newer.clone()
    };

    publish(on, &older).await?;
    publish(on, &newer).await?;
    publish(on, &older.next()).await?;

    let member = on.member(&newer.connection_id).await?;
    assert_eq!(member.as_ref(), Some(&newer));
    assert_eq!(documents(&on.all_changes().await?), [older, newer]);
    Ok(())
}

pub async fn a_removal_is_a_change_and_ends_membership<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (gone, stays) = (on.new_document(), on.new_document());
    publish(on, &gone).await?;
    publish(on, &stays).await?;

    on.store.remove(&gone).await?;

    assert!(!on.store.is_live(&gone.connection_id).await?);
    assert_eq!(on.member(&gone.connection_id).await?, None);
    assert!(on.store.is_live(&stays.connection_id).await?);
    let changes = on.all_changes().await?;
    assert!(changes.last().is_some_and(|change| removes(change, &gone)));
    Ok(())
}

pub async fn a_late_removal_never_removes_a_newer_generation<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let newer = on.new_document();
    let older = ConnectionDocument {
        connected_at: newer.connected_at.minus(Duration::from_secs(5)),
        revision: 9,
        ..newer.clone()
    };
    publish(on, &newer).await?;

    on.store.remove(&older).await?;

    assert!(on.store.is_live(&newer.connection_id).await?);
    let member = on.member(&newer.connection_id).await?;
    assert_eq!(member.as_ref(), Some(&newer));
    let changes = on.all_changes().await?;
    assert!(!changes.iter().any(|change| removes(change, &newer)));
    Ok(())
}

pub async fn a_late_publication_does_not_resurrect_a_removed_connection<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document();
    publish(on, &document).await?;
    on.store.remove(&document).await?;
    let before = on.all_changes().await?.len();

    publish(on, &document.next()).await?;

    assert!(!on.store.is_live(&document.connection_id).await?);
    assert_eq!(on.member(&document.connection_id).await?, None);
    assert_eq!(on.all_changes().await?.len(), before);
    Ok(())
}

pub async fn a_removal_that_overtakes_the_publication_wins<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document();

    on.store.remove(&document).await?;
    publish(on, &document).await?;

    assert!(!on.store.is_live(&document.connection_id).await?);
    assert_eq!(on.member(&document.connection_id).await?, None);
    Ok(())
}

pub async fn a_new_generation_may_follow_a_removed_one<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let newer = on.new_document();
    let older = ConnectionDocument {
        connected_at: newer.connected_at.minus(Duration::from_secs(5)),
        ..newer.clone()
    };
    publish(on, &older).await?;
    on.store.remove(&older).await?;

    publish(on, &newer).await?;

    assert!(on.store.is_live(&newer.connection_id).await?);
    Ok(())
}

pub async fn a_change_tells_after_which_event_it_is_applied<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (before, between, after) = (on.new_document(), on.new_document(), on.new_document());

    let mut told = vec![publish(on, &before).await?];
    on.store.append(&[on.new_event()]).await?;
    told.push(publish(on, &between).await?);
    on.store.append(&[on.new_event()]).await?;
    told.push(publish(on, &after).await?);
    on.store.remove(&between).await?;

    let events = on.all_events().await?;
    let mut expected = vec![Offset::ZERO];
    expected.extend(events.iter().map(|entry| entry.offset));
    assert_eq!(told, expected);
    expected.extend(expected.last().copied());
    let changes = on.all_changes().await?;
    let at: Vec<_> = changes.iter().map(|change| change.at).collect();
    assert_eq!(at, expected);
    Ok(())
}

pub async fn a_publication_tells_whether_a_worker_is_live<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document();
    let tells = async |document: &ConnectionDocument| {
        let published = on.store.publish(document, None).await?;
        let live = |live: bool| matches!(published, Publication::Done { worker_is_live, .. } if worker_is_live == live);
        Ok::<_, Unavailable>((live(true), live(false)))
    };

    assert_eq!(tells(&document).await?, (false, true));
    on.store.acquire(Slot::WHOLE, &on.new_candidate()).await?;
    assert_eq!(tells(&document.next()).await?, (true, false));
    Ok(())
}

/// Checks that let time pass.
pub mod over_time {
    use super::*;

    pub async fn a_removed_connection_stays_removed_for_a_minute<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let document = on.new_document();
        publish(on, &document).await?;
        on.store.remove(&document).await?;

        on.time.pass(Duration::from_secs(55)).await;
        publish(on, &document.next()).await?;

        assert!(!on.store.is_live(&document.connection_id).await?);
        assert_eq!(on.member(&document.connection_id).await?, None);
        Ok(())
    }
}

/// Publishes without an allowance, and tells after which event.
pub(super) async fn publish<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    document: &ConnectionDocument,
) -> Result<Offset, Unavailable> {
    match on.store.publish(document, None).await? {
        Publication::Done { at, .. } => Ok(at),
        Publication::OverAllowance => panic!("over an allowance that was not asked for"),
    }
}

fn documents(changes: &[Change]) -> Vec<ConnectionDocument> {
    changes
        .iter()
        .map(|change| match &change.kind {
            ChangeKind::Document(document) => ConnectionDocument::clone(document),
            other => panic!("not a document: {other:?}"),
        })
        .collect()
}

fn removes(change: &Change, gone: &ConnectionDocument) -> bool {
    matches!(
        &change.kind,
        ChangeKind::Removed { connection_id, connected_at }
            if *connection_id == gone.connection_id && *connected_at == gone.connected_at
    )
}
