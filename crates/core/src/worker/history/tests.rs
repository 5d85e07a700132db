use super::*;
use crate::worker::entries::{alert, at, event};

fn past(ms: u64) -> Past {
    Past::Event(Arc::new(SharedEvent::new(
        RoutedEvent::new(event(ms)),
        at(ms),
    )))
}

fn page(entries: impl IntoIterator<Item = u64>, trimmed_up_to: u64) -> Page {
    Page {
        entries: entries.into_iter().map(alert).collect(),
        trimmed_up_to: at(trimmed_up_to),
    }
}

/// What is known from `end` backwards, where it goes on, and what was trimmed.
fn known(history: &History, end: u64) -> Option<(Vec<u64>, Offset, Option<Offset>)> {
    match history.before(at(end)) {
        Known::Nothing => None,
        Known::Entries {
            entries,
            after,
            trimmed_up_to,
        } => {
            let found = entries.map(|past| past.offset().ms()).collect();
            Some((found, after, trimmed_up_to))
        }
    }
}

#[test]
fn what_was_followed_is_known_back_to_where_that_began() {
    let mut history = History::from(at(10));
    for ms in [9, 10, 11, 13] {
        history.follow(past(ms));
    }

    assert_eq!(known(&history, 20), Some((vec![13, 11], at(10), None)));
    assert_eq!(known(&history, 12), Some((vec![11], at(10), None)));
    assert_eq!(known(&history, 10), None);
}

#[test]
fn what_was_followed_is_bounded_and_says_where_it_begins() {
    let mut history = History::from(at(0));
    history.max_bytes = 2 * past(1).bytes();
    for ms in [1, 2, 3] {
        history.follow(past(ms));
    }

    assert_eq!(known(&history, 9), Some((vec![3, 2], at(1), None)));
    assert_eq!(known(&history, 1), None);
    history.skip_to(at(8));
    history.follow(past(8));
    assert_eq!(known(&history, 9), Some((vec![8], at(8).preceding(), None)));
}

#[test]
fn a_full_page_goes_on_before_its_oldest_and_the_last_one_ends_the_log() {
    let mut history = History::from(at(2_000));
    let full = 1_000..1_000 + PAGE as u64;
    history.keep(at(2_000), page(full, 500));

    let (found, after, trimmed) = known(&history, 1_003).unwrap();
    assert_eq!(found, [1_003, 1_002, 1_001, 1_000]);
    assert_eq!((after, trimmed), (at(1_000).preceding(), None));
    assert_eq!(known(&history, 999), None);

    history.keep(after, page([501, 502], 500));
    assert_eq!(
        known(&history, 600),
        Some((vec![502, 501], Offset::ZERO, Some(at(500))))
    );
}

#[test]
fn pages_are_bounded_and_forgotten() {
    let mut history = History::from(at(100));
    history.max_bytes = 3 * past(1).bytes();
    history.keep(at(10), page([8, 9], 0));
    history.keep(at(20), page([18, 19], 0));

    assert!(known(&history, 10).is_none_or(|(found, ..)| !found.contains(&9)));
    assert!(known(&history, 20).is_some());
    assert_eq!(history.page_bytes, 2 * past(1).bytes());
    history.forget_pages();
    assert_eq!(known(&history, 20), None);
    assert_eq!(history.page_bytes, 0);
}
