//! What the engine knows of changes when it posts, and when it takes over.

use super::*;

/// A backlog of the alerts at `alerts`, with these changes.
fn backlog(alerts: &[u64], changes: Vec<Change>) -> Batch {
    let mut batch = events(alerts.iter().map(|ms| alert(*ms)).collect());
    batch.read_to.changes = changes.last().map_or(Offset::ZERO, |change| change.id);
    batch.changes = changes;
    batch
}

/// A document of this revision, as a change written after the event `after`.
fn change(id: u64, after: u64, revision: u64) -> Change {
    let mut document = document("a");
    document.revision = revision;
    if revision == 1 {
        document.subscription = None;
    }
    Change {
        id: at(id),
        at: at(after),
        kind: ChangeKind::Document(Arc::new(document)),
    }
}

/// What the next holder posts of the alerts at 10, 20 and 30, when the snapshot shows `revision`.
fn take_over(revision: u64, changes: Vec<Change>) -> Vec<String> {
    let mut snapshot = document("a");
    snapshot.revision = revision;
    let members = Members {
        documents: vec![snapshot],
        changes_after: changes.last().map_or(Offset::ZERO, |change| change.id),
    };
    let backlog = vec![backlog(&[10, 20, 30], changes)];
    let mut engine = Engine::new(
        &lease(0, &[]),
        members,
        backlog,
        FrameBudget::default(),
        START,
    );
    posts(&mut engine, START)
}

#[test]
fn a_second_frame_waits_for_a_read_that_was_asked_for_after_the_first_started() {
    let mut engine = engine(&lease(0, &[]), vec![document("a")]);
    let before = engine.ask();
    engine.take(events(vec![alert(10), alert(20)]), START);
    let (id, _) = engine.next_job(START).unwrap();
    assert!(engine.wants_read(), "more is waiting");
    engine.finish(&id, PostOutcome::Delivered, START, 0);

    engine.answered(before);
    assert!(engine.next_job(START).is_none());
    assert!(engine.wants_read());
    let after = engine.ask();
    assert!(engine.next_job(START).is_none());
    engine.answered(after);
    assert!(engine.next_job(START).is_some());
    assert!(!engine.wants_read(), "nothing more is waiting");
}

#[test]
fn what_is_taken_back_meanwhile_is_not_posted() {
    let mut engine = engine(&lease(0, &[]), vec![document("a")]);
    engine.take(events(vec![alert(10), alert(20)]), START);
    let (id, _) = engine.next_job(START).unwrap();
    engine.finish(&id, PostOutcome::Delivered, START, 0);
    assert!(engine.next_job(START).is_none());
    assert!(engine.wants_read());

    let ask = engine.ask();
    let mut left = document("a");
    (left.revision, left.subscription) = (3, None);
    let change = Change {
        id: at(1),
        at: at(20),
        kind: ChangeKind::Document(Arc::new(left)),
    };
    engine.take(backlog(&[], vec![change]), START);
    engine.answered(ask);
    assert!(engine.next_job(START).is_none());
    assert!(!engine.wants_read());
}

#[test]
fn who_joined_after_a_waiting_event_does_not_get_it_from_the_next_holder() {
    let joined = vec![change(1, 20, 1), change(2, 20, 2)];
    assert_eq!(take_over(2, joined), ["a 30-0 after 0-0"]);
}

/// An order to replay pins the change log, so that it may begin before a connection whose progress is
/// known.
#[test]
fn who_joined_after_the_pinned_place_goes_on_from_its_marks() {
    let joined = vec![change(1, 5, 1), change(2, 5, 2)];
    let members = Members {
        documents: vec![document("a")],
        changes_after: at(2),
    };
    let backlog = vec![backlog(&[20, 30], joined)];
    let lease = lease(10, &[("a", 10, 10)]);
    let mut engine = Engine::new(&lease, members, backlog, FrameBudget::default(), START);
    assert_eq!(
        posts(&mut engine, START),
        ["a 20-0 after 10-0", "a 30-0 after 20-0"]
    );
}

#[test]
fn who_subscribed_after_a_waiting_event_does_not_get_it_from_the_next_holder() {
    assert_eq!(
        take_over(2, vec![change(1, 20, 2)]),
        ["a 30-0 after 0-0"],
        "it was there before and nothing was due"
    );
}

#[test]
fn who_changed_something_else_meanwhile_misses_nothing() {
    let all = ["a 10-0 after 0-0", "a 20-0 after 10-0", "a 30-0 after 20-0"];
    assert_eq!(take_over(5, vec![]), all);
    assert_eq!(take_over(5, vec![change(1, 20, 5)]), all);
}

#[test]
fn a_store_that_lost_its_data_is_taken_as_it_is() {
    let members = Members {
        documents: vec![document("a")],
        changes_after: at(2),
    };
    let mut first = lease(0, &[]);
    first.first = true;
    assert_eq!(start(&first, &members).changes, at(2));
    let kept = lease(0, &[]);
    assert_eq!(start(&kept, &members).changes, Offset::ZERO);
}

#[test]
fn a_gap_says_nothing_to_who_wanted_nothing() {
    let mut stranger = document("a");
    (stranger.revision, stranger.subscription) = (1, None);
    let mut engine = engine(&lease(0, &[]), vec![stranger, document("b")]);
    let gap = LogEntry {
        offset: at(5),
        record: Record::Gap,
    };
    engine.take(events(vec![gap]), START);
    engine.take(backlog(&[], vec![change(1, 5, 2)]), START);
    engine.take(events(vec![alert(10)]), START);
    assert_eq!(
        posts(&mut engine, START),
        ["a 10-0 after 0-0", "b 10-0 after null"]
    );
}
