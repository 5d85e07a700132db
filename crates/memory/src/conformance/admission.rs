//! Rate limits: windows that open at the first counted request.

use std::time::Duration;

use futures_util::future::join_all;
use llama_ws_core::ports::{Cell, RequestKind, Unavailable, Verdict};
use llama_ws_core::{ConnectionId, LIMIT_WINDOW, Policy};

use super::membership::publish;
use super::{Checked, Subject, TestTime};

use RequestKind::{Message, SubscriptionChange};

pub async fn the_last_message_of_a_window_passes_and_one_more_is_limited<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();

    let mut passed = Vec::new();
    for _ in 0..4 {
        passed.push(passes(on, &id, Message, &policy(3, 9)).await?);
    }

    assert_eq!(passed, [true, true, true, false]);
    Ok(())
}

pub async fn a_limit_of_zero_lets_nothing_pass<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();

    assert!(!passes(on, &id, Message, &policy(0, 9)).await?);
    assert!(!passes(on, &id, SubscriptionChange, &policy(9, 0)).await?);
    assert!(passes(on, &id, Message, &policy(9, 0)).await?);
    Ok(())
}

pub async fn each_connection_has_windows_of_its_own<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    for _ in 0..3 {
        let id = on.new_connection_id();
        assert!(passes(on, &id, Message, &policy(1, 1)).await?);
    }
    Ok(())
}

pub async fn a_limited_request_is_told_what_remains_of_the_window<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();
    passes(on, &id, Message, &policy(1, 1)).await?;

    let limited = on.store.admit_request(&id, Message, &policy(1, 1)).await?;

    let retry_after = retry_after(limited.verdict);
    assert!(retry_after <= LIMIT_WINDOW, "{retry_after:?}");
    let slow_answer = Duration::from_secs(5);
    assert!(retry_after > LIMIT_WINDOW - slow_answer, "{retry_after:?}");
    Ok(())
}

pub async fn a_subscription_change_is_a_message_as_well<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();
    let policy = policy(3, 9);

    assert!(passes(on, &id, SubscriptionChange, &policy).await?);
    assert!(passes(on, &id, SubscriptionChange, &policy).await?);
    assert!(passes(on, &id, Message, &policy).await?);
    assert!(!passes(on, &id, Message, &policy).await?);
    assert!(!passes(on, &id, SubscriptionChange, &policy).await?);
    Ok(())
}

pub async fn a_change_over_its_own_limit_is_counted_against_none<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();
    let policy = policy(3, 1);

    assert!(passes(on, &id, SubscriptionChange, &policy).await?);
    for _ in 0..5 {
        assert!(!passes(on, &id, SubscriptionChange, &policy).await?);
    }
    assert!(passes(on, &id, Message, &policy).await?);
    assert!(passes(on, &id, Message, &policy).await?);
    assert!(!passes(on, &id, Message, &policy).await?);
    Ok(())
}

pub async fn a_change_over_the_message_limit_is_counted_against_none<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();

    assert!(passes(on, &id, Message, &policy(1, 1)).await?);
    assert!(!passes(on, &id, SubscriptionChange, &policy(1, 1)).await?);

    assert!(passes(on, &id, SubscriptionChange, &policy(9, 1)).await?);
    Ok(())
}

pub async fn of_50_requests_at_once_never_one_too_many_passes<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let id = on.new_connection_id();
    let policy = policy(20, 7);

    let asked = (0..50).map(|_| passes(on, &id, SubscriptionChange, &policy));
    let passed: Vec<_> = join_all(asked)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;

    assert_eq!(passed.iter().filter(|passed| **passed).count(), 7);
    Ok(())
}

pub async fn connects_are_limited_by_ip<S: Cell, T: TestTime>(on: &Subject<S, T>) -> Checked {
    let (ip, other) = (on.new_id("ip"), on.new_id("ip"));

    let mut passed = Vec::new();
    for _ in 0..4 {
        passed.push(connects(on, &ip, 3).await?);
    }

    assert_eq!(passed, [true, true, true, false]);
    assert!(connects(on, &other, 3).await?);
    Ok(())
}

pub async fn of_50_connects_at_once_never_one_too_many_passes<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let ip = on.new_id("ip");

    let passed = join_all((0..50).map(|_| connects(on, &ip, 7))).await;
    let passed: Vec<_> = passed.into_iter().collect::<Result<_, _>>()?;

    assert_eq!(passed.iter().filter(|passed| **passed).count(), 7);
    Ok(())
}

pub async fn a_request_reads_the_newest_document_admitted_or_not<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document_of(&on.new_user());
    publish(on, &document).await?;
    publish(on, &document.next()).await?;

    for limit in [1, 0] {
        let id = &document.connection_id;
        let answer = on
            .store
            .admit_request(id, Message, &policy(limit, 1))
            .await?;
        assert_eq!(answer.document, Some(document.next()));
    }
    Ok(())
}

pub async fn a_request_of_an_unknown_or_removed_connection_reads_nothing<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (unknown, removed) = (on.new_document(), on.new_document());
    publish(on, &removed).await?;
    on.store.remove(&removed).await?;

    for id in [unknown.connection_id, removed.connection_id] {
        let answer = on.store.admit_request(&id, Message, &policy(1, 1)).await?;
        assert_eq!(answer.verdict, Verdict::Admitted);
        assert_eq!(answer.document, None);
    }
    Ok(())
}

/// Checks that let time pass.
pub mod over_time {
    use super::*;

    pub async fn a_window_ends_60_seconds_after_its_first_request<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let id = on.new_connection_id();
        let policy = policy(2, 1);
        assert!(passes(on, &id, SubscriptionChange, &policy).await?);

        on.time.pass(LIMIT_WINDOW - Duration::from_secs(2)).await;
        assert!(passes(on, &id, Message, &policy).await?);
        let limited = on.store.admit_request(&id, Message, &policy).await?;
        assert!(retry_after(limited.verdict) <= Duration::from_secs(2));

        on.time.pass(Duration::from_secs(2)).await;
        assert!(passes(on, &id, SubscriptionChange, &policy).await?);
        assert!(passes(on, &id, Message, &policy).await?);
        assert!(!passes(on, &id, Message, &policy).await?);
        Ok(())
    }

    pub async fn refused_requests_do_not_prolong_the_window<S: Cell, T: TestTime>(
        on: &Subject<S, T>,
    ) -> Checked {
        let ip = on.new_id("ip");
        assert!(connects(on, &ip, 1).await?);

        for _ in 0..3 {
            on.time.pass(Duration::from_secs(19)).await;
            assert!(!connects(on, &ip, 1).await?);
        }
        on.time.pass(Duration::from_secs(3)).await;

        assert!(connects(on, &ip, 1).await?);
        Ok(())
    }
}

fn policy(messages_per_minute: u32, subscription_changes_per_minute: u32) -> Policy {
    Policy {
        messages_per_minute,
        subscription_changes_per_minute,
        ..Policy::default()
    }
}

async fn passes<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    id: &ConnectionId,
    kind: RequestKind,
    policy: &Policy,
) -> Result<bool, Unavailable> {
    let answer = on.store.admit_request(id, kind, policy).await?;
    Ok(answer.verdict == Verdict::Admitted)
}

async fn connects<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
    ip: &str,
    connects_per_minute: u32,
) -> Result<bool, Unavailable> {
    let policy = Policy {
        connects_per_minute,
        ..Policy::default()
    };
    Ok(on.store.admit_connect(ip, &policy).await? == Verdict::Admitted)
}

fn retry_after(verdict: Verdict) -> Duration {
    match verdict {
        Verdict::Limited { retry_after } => retry_after,
        Verdict::Admitted => panic!("a request too many was admitted"),
    }
}
