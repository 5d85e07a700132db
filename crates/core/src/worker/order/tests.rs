use proptest::prelude::*;

use super::*;
use crate::identifier::ConnectionId;
use crate::ports::{ChangeKind, Record};
use crate::time::UnixMillis;

const fn at(ms: u64) -> Offset {
    Offset::new(ms, 0)
}

fn entry(ms: u64) -> LogEntry {
    LogEntry {
        offset: at(ms),
        record: Record::Gap,
    }
}

fn change(id: u64, after: u64) -> Change {
    let kind = ChangeKind::Removed {
        connection_id: ConnectionId::new("c"),
        connected_at: UnixMillis(0),
    };
    Change {
        id: at(id),
        at: at(after),
        kind,
    }
}

fn steps(order: &mut Order) -> Vec<String> {
    std::iter::from_fn(|| order.next())
        .map(|step| match step {
            Step::Change(change) => format!("c{}", change.id.ms()),
            Step::Entry(entry) => format!("e{}", entry.offset.ms()),
        })
        .collect()
}

#[test]
fn a_change_comes_after_its_event_and_before_the_next() {
    let mut order = Order::default();
    order.push(Batch {
        events: vec![entry(1), entry(2), entry(3)],
        changes: vec![change(1, 0), change(2, 2), change(3, 2), change(4, 3)],
        read_to: Cursor {
            events: at(3),
            changes: at(4),
        },
        ..Batch::default()
    });

    assert_eq!(
        steps(&mut order),
        ["c1", "e1", "e2", "c2", "c3", "e3", "c4"]
    );
}

#[test]
fn events_wait_when_the_read_of_changes_was_cut() {
    let mut order = Order::default();
    order.push(Batch {
        events: vec![entry(1), entry(2)],
        changes: vec![change(1, 1)],
        read_to: Cursor {
            events: at(2),
            changes: at(1),
        },
        changes_until: Some(at(1)),
        ..Batch::default()
    });
    assert_eq!(steps(&mut order), ["e1", "c1"]);

    order.push(Batch {
        changes: vec![change(2, 1)],
        read_to: Cursor {
            events: at(2),
            changes: at(2),
        },
        ..Batch::default()
    });
    assert_eq!(steps(&mut order), ["c2", "e2"]);
}

#[test]
fn a_change_waits_when_the_read_of_events_was_cut() {
    let mut order = Order::default();
    order.push(Batch {
        events: vec![entry(1)],
        changes: vec![change(1, 2)],
        read_to: Cursor {
            events: at(1),
            changes: at(1),
        },
        events_cut: true,
        ..Batch::default()
    });
    assert_eq!(steps(&mut order), ["e1"]);
    assert_eq!(order.applied_changes(), Offset::ZERO);

    order.push(Batch {
        events: vec![entry(2)],
        read_to: Cursor {
            events: at(2),
            changes: at(1),
        },
        ..Batch::default()
    });
    assert_eq!(steps(&mut order), ["e2", "c1"]);
    assert_eq!(order.applied_changes(), at(1));
}

proptest! {
    /// Whatever the cuts of the reads, the sequence is the one in which things happened.
    #[test]
    fn any_cuts_give_the_same_sequence(history in prop::collection::vec(any::<bool>(), 0..60), count in 1_usize..5) {
        let (mut events, mut changes, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for is_event in history {
            if is_event {
                events.push(entry(events.len() as u64 + 1));
                expected.push(format!("e{}", events.len()));
            } else {
                changes.push(change(changes.len() as u64 + 1, events.len() as u64));
                expected.push(format!("c{}", changes.len()));
            }
        }

        let mut order = Order::default();
        let mut taken = Vec::new();
        for _ in 0..200 {
            let from = order.read_from();
            let read: Vec<_> = events.iter().filter(|e| e.offset > from.events).take(count).cloned().collect();
            let seen: Vec<_> = changes.iter().filter(|c| c.id > from.changes).take(count).cloned().collect();
            let changes_left = changes.iter().filter(|c| c.id > from.changes).count() > count;
            order.push(Batch {
                read_to: Cursor {
                    events: read.last().map_or(from.events, |e| e.offset),
                    changes: seen.last().map_or(from.changes, |c| c.id),
                },
                events_cut: events.iter().filter(|e| e.offset > from.events).count() > count,
                changes_until: if changes_left { seen.last().map(|c| c.at) } else { None },
                events: read,
                changes: seen,
                trimmed: false,
            });
            taken.extend(steps(&mut order));
        }
        prop_assert_eq!(taken, expected);
    }
}
