//! What the log keeps, and for how long it knows an id.

use llama_ws_core::{Arrival, EventId, Target};

use super::*;

const NOW: UnixMillis = UnixMillis(1_000_000);

fn event(id: &str) -> Event {
    let arrival = Arrival {
        now: NOW,
        fallback_id: EventId::new(id),
        target: Target::default(),
    };
    Event::parse(r#"{"type":"alert","data":{"text":"hello"}}"#, arrival).unwrap()
}

/// A log with the events 0, 1, …, appended at these times, and where they are.
fn log_of(options: &CellOptions, times: &[u64]) -> (Events, Vec<Offset>) {
    let mut log = Events::default();
    let offsets = times
        .iter()
        .enumerate()
        .map(
            |(n, at)| match log.append(&event(&format!("{n}")), options, UnixMillis(*at)) {
                AppendOutcome::At(offset) => offset,
                AppendOutcome::Duplicate => panic!("{n} is no duplicate"),
            },
        )
        .collect();
    (log, offsets)
}

fn kept(log: &Events) -> Vec<Offset> {
    let read = log.read(Offset::ZERO, 100);
    read.entries.iter().map(|entry| entry.offset).collect()
}

#[test]
fn the_oldest_entries_beyond_the_count_are_trimmed() {
    for (max_events, expected) in [(5, 4), (4, 4), (3, 3), (1, 1), (0, 1)] {
        let options = CellOptions {
            max_events,
            ..CellOptions::default()
        };

        let (log, offsets) = log_of(&options, &[7, 7, 8, 9]);

        assert_eq!(kept(&log), offsets[4 - expected..], "to {max_events}");
        assert_eq!(log.read(Offset::ZERO, 100).trimmed, expected < 4);
    }
}

#[test]
fn the_oldest_entries_beyond_the_bytes_are_trimmed() {
    let entry_bytes = bytes_of(&event("0"));
    for (max_event_bytes, expected) in [
        (4 * entry_bytes, 4),
        (4 * entry_bytes - 1, 3),
        (2 * entry_bytes, 2),
        (0, 1),
    ] {
        let options = CellOptions {
            max_event_bytes,
            ..CellOptions::default()
        };

        let (log, offsets) = log_of(&options, &[7, 7, 8, 9]);

        assert_eq!(kept(&log), offsets[4 - expected..], "to {max_event_bytes}");
        assert_eq!(log.bytes, expected * entry_bytes);
    }
}

#[test]
fn entries_older_than_the_age_are_trimmed_by_the_next_append() {
    let options = CellOptions {
        event_age: Duration::from_millis(100),
        ..CellOptions::default()
    };

    let (log, offsets) = log_of(&options, &[1_000, 1_001, 1_101]);

    assert_eq!(kept(&log), offsets[1..]);
}

#[test]
fn a_reader_is_told_of_a_trim_only_if_it_lost_something() {
    let options = CellOptions {
        max_events: 2,
        ..CellOptions::default()
    };

    let (log, offsets) = log_of(&options, &[7, 8, 9, 10]);

    let trimmed = |offset: Offset| log.read(offset, 100).trimmed;
    assert!(trimmed(Offset::ZERO));
    assert!(trimmed(offsets[0]));
    assert!(!trimmed(offsets[1]));
    assert!(!trimmed(offsets[3]));
    assert!(!trimmed(Offset::new(99, 0)));
}

#[test]
fn a_cursor_past_the_end_stays_where_it_is() {
    let (log, _) = log_of(&CellOptions::default(), &[7]);
    let ahead = Offset::new(99, 0);

    let read = log.read(ahead, 100);

    assert_eq!((read.read_to, read.cut), (ahead, false));
}

#[test]
fn offsets_go_on_when_the_clock_goes_back() {
    let (_, offsets) = log_of(&CellOptions::default(), &[7, 5, 7, 8]);

    assert_eq!(
        offsets,
        [
            Offset::new(7, 0),
            Offset::new(7, 1),
            Offset::new(7, 2),
            Offset::new(8, 0)
        ]
    );
}

#[test]
fn ids_outlive_the_trim_and_are_forgotten_after_15_minutes() {
    let options = CellOptions {
        max_events: 1,
        ..CellOptions::default()
    };
    let (mut log, _) = log_of(&options, &[NOW.0, NOW.0]);
    let mut append = |at| log.append(&event("0"), &options, at);

    assert_eq!(append(NOW), AppendOutcome::Duplicate);
    let end = NOW.plus(Duration::from_secs(15 * 60));
    assert_eq!(append(UnixMillis(end.0 - 1)), AppendOutcome::Duplicate);
    assert_eq!(append(end), AppendOutcome::At(Offset::new(end.0, 0)));

    assert_eq!((log.remembered.len(), log.forget.len()), (1, 1));
}
