//! The allowance: how many connections a user may have at a time.

use std::time::Duration;

use futures_util::future::join_all;
use llama_ws_core::ports::{Cell, Publication, Unavailable};
use llama_ws_core::{ConnectionDocument, MAX_LIFE};

use super::{Checked, Subject, TestTime};

pub async fn the_last_place_is_given_and_one_more_refused<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();

    let mut given = Vec::new();
    for _ in 0..4 {
        given.push(takes_place(on, &on.new_document_of(&user), 3).await?);
    }

    assert_eq!(given, [true, true, true, false]);
    Ok(())
}

pub async fn an_allowance_of_zero_lets_nobody_in<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document_of(&on.new_user());

    assert!(!takes_place(on, &document, 0).await?);
    Ok(())
}

pub async fn what_is_over_the_allowance_changes_nothing<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let (first, second) = (on.new_document_of(&user), on.new_document_of(&user));
    takes_place(on, &first, 1).await?;

    assert!(!takes_place(on, &second, 1).await?);

    assert!(!on.store.is_live(&second.connection_id).await?);
    assert_eq!(on.member(&second.connection_id).await?, None);
    assert_eq!(on.all_changes().await?.len(), 1);
    Ok(())
}

pub async fn a_connection_keeps_the_place_it_has<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let document = on.new_document_of(&user);

    assert!(takes_place(on, &document, 1).await?);
    assert!(takes_place(on, &document, 1).await?);
    assert!(takes_place(on, &document.next(), 1).await?);

    assert!(!takes_place(on, &on.new_document_of(&user), 1).await?);
    assert!(takes_place(on, &on.new_document_of(&user), 2).await?);
    Ok(())
}

pub async fn each_user_has_places_of_its_own<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    for _ in 0..3 {
        let document = on.new_document_of(&on.new_user());
        assert!(takes_place(on, &document, 1).await?);
    }
    Ok(())
}

pub async fn a_removal_gives_the_place_back<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let user = on.new_user();
    let (first, second) = (on.new_document_of(&user), on.new_document_of(&user));
    takes_place(on, &first, 1).await?;

    on.store.remove(&first).await?;

    assert!(takes_place(on, &second, 1).await?);
    Ok(())
}

pub async fn a_late_removal_leaves_a_newer_generation_its_place<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let newer = on.new_document_of(&user);
    let older = ConnectionDocument {
        connected_at: newer.connected_at.minus(Duration::from_secs(5)),
        ..newer.clone()
    };
    takes_place(on, &newer, 1).await?;

    on.store.remove(&older).await?;

    assert!(!takes_place(on, &on.new_document_of(&user), 1).await?);
    Ok(())
}

pub async fn a_late_publication_of_a_removed_connection_takes_no_place<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let gone = on.new_document_of(&user);
    on.store.remove(&gone).await?;

    takes_place(on, &gone, 1).await?;

    assert!(takes_place(on, &on.new_document_of(&user), 1).await?);
    Ok(())
}

pub async fn without_an_allowance_no_place_is_taken<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    for _ in 0..3 {
        on.store.publish(&on.new_document_of(&user), None).await?;
    }

    assert!(takes_place(on, &on.new_document_of(&user), 1).await?);
    Ok(())
}

/// A subscription may be published before the authentication that it rests on.
pub async fn a_revision_that_was_overtaken_takes_its_place_all_the_same<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let authenticated = on.new_document_of(&user);
    let subscribed = authenticated.next();
    on.store.publish(&subscribed, None).await?;

    assert!(takes_place(on, &authenticated, 1).await?);

    assert!(!takes_place(on, &on.new_document_of(&user), 1).await?);
    let member = on.member(&subscribed.connection_id).await?;
    assert_eq!(member, Some(subscribed));
    Ok(())
}

pub async fn of_50_at_once_never_one_too_many_gets_in<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let documents: Vec<_> = (0..50).map(|_| on.new_document_of(&user)).collect();

    let taken = join_all(
        documents
            .iter()
            .map(|document| takes_place(on, document, 7)),
    )
    .await;
    let taken: Vec<_> = taken.into_iter().collect::<Result<_, _>>()?;

    assert_eq!(taken.iter().filter(|taken| **taken).count(), 7);
    assert_eq!(on.all_changes().await?.len(), 7);
    Ok(())
}

/// Checks that let time pass.
pub mod over_time {
    use super::*;

    pub async fn a_place_is_void_once_its_connection_has_expired<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let user = on.new_user();
        let mut first = on.new_document_of(&user);
        let life = MAX_LIFE + Duration::from_secs(10 * 60);
        first.connected_at = on.time.now().minus(life - Duration::from_secs(5));
        takes_place(on, &first, 1).await?;

        assert!(!takes_place(on, &on.new_document_of(&user), 1).await?);
        on.time.pass(Duration::from_secs(6)).await;
        assert!(takes_place(on, &on.new_document_of(&user), 1).await?);
        Ok(())
    }
}

async fn takes_place<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    document: &ConnectionDocument,
    allowance: u32,
) -> Result<bool, Unavailable> {
    let published = on.store.publish(document, Some(allowance)).await?;
    Ok(matches!(published, Publication::Done { .. }))
}
