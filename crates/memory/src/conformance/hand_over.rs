//! Hand-over: a lease goes from its holder to the standby, with nobody in between.

use std::time::Duration;

use llama_ws_core::Offset;
use llama_ws_core::ports::{
    Cell, Checkpoint, Released, Renewal, STANDBY_LIFE, Slot, Token, Unavailable,
};

use super::checkpoints::marks;
use super::event_log::append;
use super::leases::{acquire, at, cursor, deadline_of, granted, is_lost, release};
use super::{Checked, Subject, TestTime};

pub async fn a_standby_is_told_who_holds_the_lease<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let mut holder = on.new_candidate();
    holder.deadline.0 += 7;
    on.store.acquire(Slot::WHOLE, &holder).await?;

    let answer = on.store.stand_by(Slot::WHOLE, &on.new_candidate()).await?;

    assert_eq!(deadline_of(&answer), Some(holder.deadline));
    Ok(())
}

pub async fn a_checkpoint_tells_whether_a_standby_is_ready<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    assert_eq!(sees_standby(on, lease.token).await?, Some(false));

    on.store.acquire(Slot::WHOLE, &on.new_candidate()).await?;
    assert_eq!(sees_standby(on, lease.token).await?, Some(false));

    on.store.stand_by(Slot::WHOLE, &on.new_candidate()).await?;
    assert_eq!(sees_standby(on, lease.token).await?, Some(true));
    Ok(())
}

pub async fn a_standby_gets_the_lease_with_a_new_token_at_the_same_place<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    on.store.begin_epoch(Offset::ZERO).await?;
    let standby = on.new_candidate();
    on.store.stand_by(Slot::WHOLE, &standby).await?;
    let last = Checkpoint {
        cursor: cursor(3, 4),
        marks: vec![(on.new_connection_id(), marks(1, 2))],
        ..Checkpoint::default()
    };

    let released = on.store.release(Slot::WHOLE, lease.token, &last).await?;
    let next = granted(on.store.stand_by(Slot::WHOLE, &standby).await?);

    assert_eq!(released, Released::HandedOver);
    assert!(next.token > lease.token);
    assert!(!next.first);
    assert_eq!(next.cursor, last.cursor);
    assert_eq!(next.marks, last.marks.into_iter().collect());
    assert_eq!(sees_standby(on, next.token).await?, Some(false));
    Ok(())
}

pub async fn a_lease_is_handed_over_whatever_lies_past_the_cursor<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    append(on, &[on.new_event()]).await?;
    let standby = on.new_candidate();
    on.store.stand_by(Slot::WHOLE, &standby).await?;

    assert_eq!(
        release(on, &lease, cursor(0, 0)).await?,
        Released::HandedOver
    );
    Ok(())
}

pub async fn after_a_hand_over_the_former_holder_has_lost_the_lease<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    let standby = on.new_candidate();
    on.store.stand_by(Slot::WHOLE, &standby).await?;
    release(on, &lease, cursor(1, 1)).await?;

    assert!(is_lost(on, &lease, cursor(9, 9)).await?);
    assert_eq!(release(on, &lease, cursor(9, 9)).await?, Released::Lost);

    let next = granted(on.store.stand_by(Slot::WHOLE, &standby).await?);
    assert_eq!(next.cursor, cursor(1, 1));
    Ok(())
}

pub async fn nobody_gets_in_between_holder_and_standby<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    let (mut standby, third) = (on.new_candidate(), on.new_candidate());
    standby.deadline.0 += 7;
    on.store.stand_by(Slot::WHOLE, &standby).await?;
    release(on, &lease, cursor(1, 1)).await?;

    for answer in [
        on.store.acquire(Slot::WHOLE, &third).await?,
        on.store.stand_by(Slot::WHOLE, &third).await?,
    ] {
        assert_eq!(deadline_of(&answer), Some(standby.deadline));
    }
    granted(on.store.stand_by(Slot::WHOLE, &standby).await?);
    Ok(())
}

pub async fn a_standby_of_a_free_slot_gets_the_lease_at_once<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let answer = on.store.stand_by(Slot::WHOLE, &on.new_candidate()).await?;

    assert!(granted(answer).first);
    Ok(())
}

/// Checks that let time pass.
pub mod over_time {
    use super::*;

    pub async fn a_standby_gets_a_lease_that_has_expired<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let lost = acquire(on).await?;
        let standby = on.new_candidate();
        on.store.stand_by(Slot::WHOLE, &standby).await?;

        on.time.pass(Duration::from_secs(10)).await;
        let next = granted(on.store.stand_by(Slot::WHOLE, &standby).await?);

        assert!(next.token > lost.token);
        assert!(is_lost(on, &lost, cursor(1, 1)).await?);
        Ok(())
    }

    pub async fn a_standby_counts_for_5_seconds<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let lease = acquire(on).await?;
        let standby = on.new_candidate();
        on.store.stand_by(Slot::WHOLE, &standby).await?;

        on.time.pass(STANDBY_LIFE - Duration::from_secs(1)).await;
        assert_eq!(sees_standby(on, lease.token).await?, Some(true));
        on.time.pass(Duration::from_secs(2)).await;
        assert_eq!(sees_standby(on, lease.token).await?, Some(false));

        on.store.stand_by(Slot::WHOLE, &standby).await?;
        assert_eq!(sees_standby(on, lease.token).await?, Some(true));
        Ok(())
    }

    pub async fn a_standby_that_fell_silent_gets_nothing<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let lease = acquire(on).await?;
        on.store.stand_by(Slot::WHOLE, &on.new_candidate()).await?;

        on.time.pass(STANDBY_LIFE + Duration::from_secs(1)).await;

        assert_eq!(release(on, &lease, cursor(1, 1)).await?, Released::Free);
        granted(on.store.acquire(Slot::WHOLE, &on.new_candidate()).await?);
        Ok(())
    }
}

/// What a checkpoint with this token tells of a standby; none if the lease is lost.
async fn sees_standby<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    token: Token,
) -> Result<Option<bool>, Unavailable> {
    let renewal = on
        .store
        .checkpoint(Slot::WHOLE, token, &at(cursor(1, 1)))
        .await?;
    Ok(match renewal {
        Renewal::Renewed { standby, .. } => Some(standby),
        Renewal::Lost => None,
    })
}
