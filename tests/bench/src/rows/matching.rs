//! Matching: from an event to the set of those who get it.

mod memory;
mod strings;
#[cfg(feature = "peers")]
mod tree;
mod workload;

use std::hint::black_box;
use std::sync::Arc;

use llama_ws_core::measure::Lanes;
use llama_ws_core::{RoutedEvent, RoutingIndex};

use crate::measure::{Pair, ROUNDS, alone, micros, paired};
use crate::row::{Goal, Row};
use strings::Strings;
use workload::{NOW, Workload};

pub(crate) use memory::bytes_per_subscription;

/// What a `subscribe` or `filters` may take, in microseconds.
const MOST_PER_UPDATE: f64 = 10.0;

/// How much a linear scan of strings has to be slower, and a-tree.
const STRINGS: f64 = 100.0;
#[cfg(feature = "peers")]
const TREE: f64 = 50.0;

/// What putting the event into a recipient's lane may cost, in nanoseconds.
const MOST_PER_RECIPIENT: f64 = 100.0;

/// 100,000 subscriptions over 200 filters.
pub(super) fn alike() -> Vec<Row> {
    sized("100k subscriptions, 200 filters", 100_000, 200, 25.0)
}

/// 100,000 subscriptions over 20,000 filters.
pub(super) fn different() -> Vec<Row> {
    sized("100k subscriptions, 20k filters", 100_000, 20_000, 60.0)
}

/// A million subscriptions.
pub(super) fn million() -> Vec<Row> {
    sized("1M subscriptions, 20k filters", 1_000_000, 20_000, 400.0)
}

/// What the index holds for each of a million.
pub(super) fn memory() -> Vec<Row> {
    vec![memory::row()]
}

/// All rows of one size; `most` is the microseconds that an event may take.
fn sized(name: &str, subscriptions: u32, filters: u32, most: f64) -> Vec<Row> {
    let workload = Workload {
        subscriptions,
        filters,
    };
    let name = &format!("matching: {name}");
    let mut index = workload.index();
    let mut rows = events(name, workload, &mut index, most);
    rows.push(enqueueing(name, workload, &mut index));
    rows.push(update(name, workload, index));
    rows
}

/// To the set of recipients: alone, and beside what does the same.
fn events(name: &str, workload: Workload, index: &mut RoutingIndex, most: f64) -> Vec<Row> {
    let event = workload.event();
    let facets = event.event.facets();
    let channels = event.event.channels(&facets);
    let strings = Strings::of(workload);
    let pair = beside(index, &event, || {
        black_box(strings.recipients(&channels, &facets).len())
    });
    drop(strings);
    let rows = vec![
        Row::alone(name, "µs", pair.ours, Goal::AtMost(most)),
        Row::pair(
            name,
            "µs",
            pair,
            "scan of strings",
            Goal::TimesLess(STRINGS),
        ),
    ];
    #[cfg(feature = "peers")]
    let rows = [rows, against_trees(name, workload, index, &event)].concat();
    rows
}

#[cfg(feature = "peers")]
fn against_trees(
    name: &str,
    workload: Workload,
    index: &mut RoutingIndex,
    event: &RoutedEvent,
) -> Vec<Row> {
    use tree::{Ids, Tree};

    let kinds = [
        (Ids::Subscriptions, "a-tree, an id a subscription"),
        (Ids::Filters, "a-tree, an id a filter"),
    ];
    // A million expressions are left out: reading them alone outlasts all other rows.
    let kinds = kinds
        .into_iter()
        .filter(|(ids, _)| *ids == Ids::Filters || workload.subscriptions <= 100_000);
    let row = |(ids, what)| {
        let tree = Tree::of(workload, ids)?;
        let pair = beside(index, event, || {
            let found = tree.recipients("token-3", workload.passed_bound());
            black_box(found.map_or(0, |found| found.len()))
        });
        Some(Row::pair(name, "µs", pair, what, Goal::TimesLess(TREE)))
    };
    kinds.filter_map(row).collect()
}

/// Both sides have to find as many.
fn beside(
    index: &mut RoutingIndex,
    event: &RoutedEvent,
    mut baseline: impl FnMut() -> usize,
) -> Pair {
    assert_eq!(index.matching(event, NOW).len(), baseline());
    let ours = || {
        micros(100, || {
            black_box(index.matching(event, NOW).len());
        })
    };
    paired(ROUNDS, ours, || {
        micros(2, || {
            baseline();
        })
    })
}

/// Beside the set alone: the set, and the event in the lane of each recipient. Per recipient.
fn enqueueing(name: &str, workload: Workload, index: &mut RoutingIndex) -> Row {
    /// A lane holds more.
    const EVENTS: u32 = 5;
    let documents = (0..workload.subscriptions).map(|n| (*workload.document(n, 1)).clone());
    let mut lanes = Lanes::new(documents.collect(), NOW);
    let event = workload.event();
    let recipients = f64::from(u32::try_from(index.matching(&event, NOW).len()).unwrap_or(1));
    let figure = alone(ROUNDS, || {
        let set = micros(EVENTS, || {
            black_box(index.matching(&event, NOW).len());
        });
        let all = micros(EVENTS, || lanes.take(Arc::clone(&event.event)));
        (all - set) * 1_000.0 / recipients
    });
    let name = format!("{name}: enqueue, per recipient");
    Row::alone(&name, "ns", figure, Goal::AtMost(MOST_PER_RECIPIENT))
}

/// A document with another filter, in no order that helps.
fn update(name: &str, workload: Workload, mut index: RoutingIndex) -> Row {
    const UPDATES: u32 = 1_000;
    /// Prime, so that neighbours are far apart.
    const STRIDE: u32 = 99_991;
    let mut revision = 1;
    let figure = alone(ROUNDS, || {
        revision += 1;
        let changed = (0..UPDATES).map(|n| {
            let n = n.wrapping_mul(STRIDE) % workload.subscriptions;
            workload.changed(n, revision)
        });
        let mut changed = changed.collect::<Vec<_>>().into_iter();
        micros(UPDATES, || {
            changed.next().map(|document| index.apply(document));
        })
    });
    let name = format!("{name}: update");
    Row::alone(&name, "µs", figure, Goal::AtMost(MOST_PER_UPDATE))
}
