//! The groups of rows, in the order of the table. A new group is a module and a line here.

pub(crate) mod frames;
pub(crate) mod matching;

use crate::row::Row;

/// Rows that are measured together.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> Vec<Row>,
}

/// Every group.
pub(crate) const GROUPS: &[Group] = &[
    group("matching/alike", matching::alike),
    group("matching/different", matching::different),
    group("matching/million", matching::million),
    group("matching/memory", matching::memory),
    group("frames/portfolio", frames::portfolio),
    group("frames/desk", frames::desk),
    group("frames/full", frames::full),
];

const fn group(name: &'static str, run: fn() -> Vec<Row>) -> Group {
    Group { name, run }
}
