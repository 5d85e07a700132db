//! Checkpoints: what a holder writes down, for the next one and for statistics.

use std::collections::HashMap;

use llama_ws_core::ports::{Cell, Checkpoint, Cursor, Marks, Released, Renewal, Slot};
use llama_ws_core::{Channel, ConnectionId, Counts, Offset};

use super::event_log::append;
use super::leases::{acquire, cursor, granted, is_lost, release};
use super::{Checked, Subject, TestTime};

pub async fn the_next_holder_goes_on_at_the_last_checkpoint<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    let marker = on.store.begin_epoch(Offset::ZERO).await?;
    let progress = Checkpoint {
        cursor: Cursor {
            events: marker,
            changes: Offset::new(4, 0),
        },
        marks: vec![(on.new_connection_id(), marks(1, 2))],
        ..Checkpoint::default()
    };

    on.store
        .checkpoint(Slot::WHOLE, lease.token, &progress)
        .await?;
    release(on, &lease, progress.cursor).await?;

    let next = acquire(on).await?;
    assert!(!next.first);
    assert_eq!(next.cursor, progress.cursor);
    assert_eq!(next.marks, progress.marks.into_iter().collect());
    Ok(())
}

pub async fn a_slot_is_whole_once_it_was_checkpointed_in_an_epoch<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let nothing = Checkpoint::default();
    for is_whole in [false, true, true] {
        let lease = acquire(on).await?;
        // What renews the lease of a rebuild that ends before it is done.
        let renewal = on.store.checkpoint(Slot::WHOLE, lease.token, &nothing);
        assert!(matches!(renewal.await?, Renewal::Renewed { .. }));
        if is_whole {
            on.store.begin_epoch(Offset::ZERO).await?;
        }
        release(on, &lease, cursor(u64::MAX, 0)).await?;

        let next = acquire(on).await?;
        assert_eq!(next.first, !is_whole);
        release(on, &next, cursor(u64::MAX, 0)).await?;
    }
    Ok(())
}

pub async fn marks_are_merged_replaced_and_forgotten<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    let [a, b, c]: [ConnectionId; 3] = std::array::from_fn(|_| on.new_connection_id());
    let first = Checkpoint {
        marks: vec![(a.clone(), marks(1, 1)), (b.clone(), marks(1, 2))],
        ..Checkpoint::default()
    };
    let second = Checkpoint {
        marks: vec![(b.clone(), marks(2, 5)), (c.clone(), marks(0, 5))],
        forgotten: vec![a],
        ..Checkpoint::default()
    };

    for progress in [first, second] {
        on.store
            .checkpoint(Slot::WHOLE, lease.token, &progress)
            .await?;
    }
    release(on, &lease, Cursor::default()).await?;

    let next = acquire(on).await?;
    let kept = HashMap::from([(b, marks(2, 5)), (c, marks(0, 5))]);
    assert_eq!(next.marks, kept);
    Ok(())
}

pub async fn counts_are_each_slots_latest_summed_up<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let channel = |name: &str| Channel::parse(name).unwrap_or_else(|_| panic!("{name}"));
    let counts = |routed: u64, channels: &[(&str, u64)]| Counts {
        connections: 2,
        routed,
        by_channel: channels
            .iter()
            .map(|(name, n)| (channel(name), *n))
            .collect(),
        ..Counts::default()
    };
    assert_eq!(on.store.counts().await?, Counts::default());

    for (index, written) in [
        (
            0,
            [
                counts(5, &[("prices", 9)]),
                counts(7, &[("prices", 1), ("tvl", 1)]),
            ],
        ),
        (1, [counts(0, &[]), counts(30, &[("tvl", 3)])]),
    ] {
        let slot = Slot { index, count: 2 };
        let lease = granted(on.store.acquire(slot, &on.new_candidate()).await?);
        for counts in written {
            let progress = Checkpoint {
                counts,
                ..Checkpoint::default()
            };
            on.store.checkpoint(slot, lease.token, &progress).await?;
        }
    }

    let sum = on.store.counts().await?;
    assert_eq!(sum.connections, 4);
    assert_eq!(sum.routed, 37);
    assert_eq!(sum.by_channel.get(&channel("prices")), Some(&1));
    assert_eq!(sum.by_channel.get(&channel("tvl")), Some(&4));
    Ok(())
}

pub async fn a_release_is_refused_while_the_log_goes_on_past_the_cursor<S: Cell, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let lease = acquire(on).await?;
    let offsets = append(on, &[on.new_event(), on.new_event()]).await?;
    let at = |offset: Option<&Offset>| Cursor {
        events: offset.copied().unwrap_or_default(),
        changes: Offset::ZERO,
    };

    let early = release(on, &lease, at(offsets.first())).await?;
    assert_eq!(early, Released::Refused);
    assert!(!is_lost(on, &lease, at(offsets.first())).await?);

    let done = release(on, &lease, at(offsets.last())).await?;
    assert_eq!(done, Released::Free);
    Ok(())
}

/// Marks at offsets with these numbers.
pub(super) fn marks(sent: u64, due: u64) -> Marks {
    Marks {
        sent: Offset::new(sent, 0),
        due: Offset::new(due, 0),
    }
}
