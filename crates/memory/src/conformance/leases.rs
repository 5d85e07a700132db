//! Leases: one holder at a time, tokens that fence, and what the next holder gets.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use llama_ws_core::ports::{
    Acquired, Cell, Checkpoint, Cursor, LEASE_LIFE, Lease, Released, Renewal, Slot, Token,
    Unavailable,
};
use llama_ws_core::{Offset, UnixMillis};

use super::{Checked, Subject, TestTime};

pub async fn of_many_candidates_exactly_one_gets_the_lease<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let mut candidates: Vec<_> = (0..20).map(|_| on.new_candidate()).collect();
    for (n, candidate) in (0..).zip(&mut candidates) {
        candidate.deadline.0 += n;
    }

    let asked = candidates
        .iter()
        .map(|candidate| on.store.acquire(Slot::WHOLE, candidate));
    let answers: Vec<_> = join_all(asked)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;

    let winners: Vec<_> = candidates
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| matches!(answer, Acquired::Granted(_)))
        .map(|(candidate, _)| candidate.deadline)
        .collect();
    assert_eq!(winners.len(), 1, "{answers:?}");
    let told: Vec<_> = answers.iter().filter_map(deadline_of).collect();
    assert_eq!(told.len(), 19);
    assert!(told.iter().all(|deadline| winners.contains(deadline)));
    Ok(())
}

pub async fn every_slot_has_a_lease_of_its_own<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let mut tokens = Vec::new();
    for index in 0..3 {
        let slot = Slot { index, count: 3 };
        tokens.push(granted(on.store.acquire(slot, &on.new_candidate()).await?).token);
    }

    for (index, token) in (0..).zip(tokens) {
        let slot = Slot { index, count: 3 };
        let renewal = on
            .store
            .checkpoint(slot, token, &Checkpoint::default())
            .await?;
        assert!(matches!(renewal, Renewal::Renewed { .. }));
    }
    Ok(())
}

pub async fn a_lease_lasts_10_seconds<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let lease = acquire(on).await?;

    let tolerance = Duration::from_secs(2);
    let end = on.time.now().plus(LEASE_LIFE);
    assert!(lease.expires_at >= end.minus(tolerance));
    assert!(lease.expires_at <= end.plus(tolerance));
    Ok(())
}

pub async fn the_first_lease_knows_nothing_of_before<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;

    assert!(lease.first);
    assert_eq!(lease.cursor, Cursor::default());
    assert_eq!(lease.marks, HashMap::new());
    Ok(())
}

/// The answer to the first asking may have been lost.
pub async fn the_holder_may_ask_again_and_gets_the_same_lease<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let candidate = on.new_candidate();
    let first = granted(on.store.acquire(Slot::WHOLE, &candidate).await?);

    let again = granted(on.store.acquire(Slot::WHOLE, &candidate).await?);

    assert_eq!(again.token, first.token);
    Ok(())
}

pub async fn a_later_lease_has_a_larger_token<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let mut tokens = Vec::new();
    for _ in 0..4 {
        let lease = acquire(on).await?;
        release(on, &lease, Cursor::default()).await?;
        tokens.push(lease.token);
    }

    assert!(tokens.is_sorted_by(|a, b| a < b), "{tokens:?}");
    Ok(())
}

pub async fn a_lease_that_was_released_is_lost<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    assert_eq!(release(on, &lease, cursor(1, 1)).await?, Released::Free);

    assert_eq!(release(on, &lease, cursor(9, 9)).await?, Released::Lost);
    assert!(is_lost(on, &lease, cursor(9, 9)).await?);

    assert_eq!(acquire(on).await?.cursor, cursor(1, 1));
    Ok(())
}

pub async fn a_token_that_is_not_the_leases_changes_nothing<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    for strange in [lease.token.0 - 1, lease.token.0 + 1, 0] {
        let strange = Lease {
            token: Token(strange),
            ..lease.clone()
        };
        assert!(is_lost(on, &strange, cursor(9, 9)).await?);
        assert_eq!(release(on, &strange, cursor(9, 9)).await?, Released::Lost);
    }

    assert_eq!(release(on, &lease, cursor(1, 1)).await?, Released::Free);
    assert_eq!(acquire(on).await?.cursor, cursor(1, 1));
    Ok(())
}

/// Checks that let time pass.
pub mod over_time {
    use super::*;

    pub async fn a_lease_that_is_not_renewed_goes_to_the_next<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let lost = acquire(on).await?;
        on.store
            .checkpoint(Slot::WHOLE, lost.token, &at(cursor(1, 1)))
            .await?;

        on.time.pass(LEASE_LIFE).await;
        let next = acquire(on).await?;

        assert!(next.token > lost.token);
        assert_eq!(next.cursor, cursor(1, 1));
        assert!(is_lost(on, &lost, cursor(9, 9)).await?);
        assert_eq!(release(on, &lost, cursor(9, 9)).await?, Released::Lost);
        assert!(!is_lost(on, &next, cursor(1, 1)).await?);
        Ok(())
    }

    pub async fn a_checkpoint_renews_the_lease<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let lease = acquire(on).await?;
        let nearly = LEASE_LIFE - Duration::from_secs(2);

        for _ in 0..3 {
            on.time.pass(nearly).await;
            assert!(!is_lost(on, &lease, cursor(1, 1)).await?);
        }
        on.time.pass(nearly).await;

        let answer = on.store.acquire(Slot::WHOLE, &on.new_candidate()).await?;
        assert!(deadline_of(&answer).is_some(), "{answer:?}");
        Ok(())
    }

    /// Only a newer token fences.
    pub async fn a_late_checkpoint_renews_a_lease_that_nobody_took<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let lease = acquire(on).await?;

        on.time.pass(LEASE_LIFE + Duration::from_secs(1)).await;
        assert!(!is_lost(on, &lease, cursor(1, 1)).await?);

        let answer = on.store.acquire(Slot::WHOLE, &on.new_candidate()).await?;
        assert!(deadline_of(&answer).is_some(), "{answer:?}");
        Ok(())
    }
}

/// The lease, which must have been granted.
pub(super) fn granted(answer: Acquired) -> Lease {
    match answer {
        Acquired::Granted(lease) => lease,
        held @ Acquired::Held { .. } => panic!("the lease was not granted: {held:?}"),
    }
}

/// When the holder must end, if the lease is held.
pub(super) fn deadline_of(answer: &Acquired) -> Option<UnixMillis> {
    match answer {
        Acquired::Granted(_) => None,
        Acquired::Held { holder_deadline } => Some(*holder_deadline),
    }
}

/// A new candidate's lease of the whole.
pub(super) async fn acquire<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Result<Lease, Unavailable> {
    let answer = on.store.acquire(Slot::WHOLE, &on.new_candidate()).await?;
    Ok(granted(answer))
}

/// Releases the lease of the whole.
pub(super) async fn release<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    lease: &Lease,
    cursor: Cursor,
) -> Result<Released, Unavailable> {
    on.store
        .release(Slot::WHOLE, lease.token, &at(cursor))
        .await
}

/// Whether a checkpoint is answered that the lease is lost.
pub(super) async fn is_lost<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    lease: &Lease,
    cursor: Cursor,
) -> Result<bool, Unavailable> {
    let renewal = on
        .store
        .checkpoint(Slot::WHOLE, lease.token, &at(cursor))
        .await?;
    Ok(renewal == Renewal::Lost)
}

/// Progress up to here and nothing else.
pub(super) fn at(cursor: Cursor) -> Checkpoint {
    Checkpoint {
        cursor,
        ..Checkpoint::default()
    }
}

/// A place that a new log has not reached.
pub(super) fn cursor(events: u64, changes: u64) -> Cursor {
    Cursor {
        events: Offset::new(events, 0),
        changes: Offset::new(changes, 0),
    }
}
