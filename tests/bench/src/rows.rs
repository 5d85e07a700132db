//! The groups of rows, in the order of the table. A new group is a module and a line here.

pub(crate) mod matching;

use crate::row::Row;

/// Rows that are measured together.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> Vec<Row>,
}

/// Every group.
pub(crate) const GROUPS: &[Group] = &[Group {
    name: "matching",
    run: matching::run,
}];
