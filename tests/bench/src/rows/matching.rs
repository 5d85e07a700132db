//! Matching: from an event to the set of those who get it.

mod strings;
mod workload;

use std::hint::black_box;

use crate::measure::{ROUNDS, alone, micros, paired};
use crate::row::{Goal, Row};
use strings::Strings;
use workload::{NOW, Workload};

/// What a `subscribe` or `filters` may take, in microseconds.
const MOST_PER_UPDATE: f64 = 10.0;

pub(super) fn run() -> Vec<Row> {
    let workload = Workload {
        subscriptions: 100_000,
        filters: 200,
    };
    vec![against_strings(workload), update(workload)]
}

fn against_strings(workload: Workload) -> Row {
    let mut index = workload.index();
    let strings = Strings::of(workload);
    let event = workload.event();
    let facets = event.event.facets();
    let channels = event.event.channels(&facets);
    let ours = || {
        micros(100, || {
            black_box(index.matching(&event, NOW).len());
        })
    };
    let baseline = || {
        micros(3, || {
            black_box(strings.recipients(&channels, &facets));
        })
    };
    Row::pair(
        "matching/100k subscriptions, 200 filters, 5 %",
        "µs",
        paired(ROUNDS, ours, baseline),
        "linear scan of strings",
        Goal::TimesLess(100.0),
    )
}

fn update(workload: Workload) -> Row {
    const UPDATES: u32 = 1_000;
    let mut index = workload.index();
    let mut revision = 1;
    let figure = alone(ROUNDS, || {
        revision += 1;
        let changed = (0..UPDATES).map(|n| workload.document(n * 97, revision));
        let mut changed = changed.collect::<Vec<_>>().into_iter();
        micros(UPDATES, || {
            changed.next().map(|document| index.apply(document));
        })
    });
    Row::alone(
        "matching/update at 100k",
        "µs",
        figure,
        Goal::AtMost(MOST_PER_UPDATE),
    )
}
