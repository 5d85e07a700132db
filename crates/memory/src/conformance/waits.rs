//! Places for requests that wait for an authentication.

use std::time::Duration;

use futures_util::future::join_all;
use llama_ws_core::ports::Cell;

use super::{Checked, Subject, TestTime};

pub async fn the_last_place_is_given_and_one_more_refused<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();

    let mut given = Vec::new();
    for _ in 0..4 {
        given.push(on.store.begin_wait(&id, 3).await?);
    }

    assert_eq!(given, [true, true, true, false]);
    Ok(())
}

pub async fn a_place_that_is_given_back_can_be_taken_again<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();
    assert!(on.store.begin_wait(&id, 1).await?);
    assert!(!on.store.begin_wait(&id, 1).await?);

    on.store.end_wait(&id).await?;

    assert!(on.store.begin_wait(&id, 1).await?);
    assert!(!on.store.begin_wait(&id, 1).await?);
    Ok(())
}

pub async fn giving_back_what_was_not_taken_makes_no_room<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();

    on.store.end_wait(&id).await?;

    assert!(on.store.begin_wait(&id, 1).await?);
    assert!(!on.store.begin_wait(&id, 1).await?);
    Ok(())
}

pub async fn without_places_nobody_waits<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    assert!(!on.store.begin_wait(&on.new_connection_id(), 0).await?);
    Ok(())
}

pub async fn each_connection_has_places_of_its_own<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    for _ in 0..3 {
        assert!(on.store.begin_wait(&on.new_connection_id(), 1).await?);
    }
    Ok(())
}

pub async fn of_20_at_once_never_one_too_many_waits<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();

    let given = join_all((0..20).map(|_| on.store.begin_wait(&id, 4))).await;
    let given: Vec<_> = given.into_iter().collect::<Result<_, _>>()?;

    assert_eq!(given.iter().filter(|given| **given).count(), 4);
    Ok(())
}

/// Checks that let time pass.
pub mod over_time {
    use super::*;

    pub async fn a_place_that_is_not_given_back_frees_itself<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let id = on.new_connection_id();
        assert!(on.store.begin_wait(&id, 1).await?);

        on.time.pass(Duration::from_secs(2)).await;
        assert!(!on.store.begin_wait(&id, 1).await?);
        on.time.pass(Duration::from_secs(3)).await;
        assert!(on.store.begin_wait(&id, 1).await?);
        Ok(())
    }
}
