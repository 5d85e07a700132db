//! The other baseline: crate a-tree, an index over arbitrary boolean expressions.

use std::collections::HashMap;

use a_tree::{ATree, ATreeError, AttributeDefinition};

use super::workload::{TOKENS, Workload};

/// What the tree is given an id for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    /// Each subscription: the tree itself merges equal expressions.
    Subscriptions,
    /// Each distinct filter, with its subscribers beside the tree.
    Filters,
}

/// The tree over the filters.
pub(crate) struct Tree {
    tree: ATree<u32>,
    /// By filter, where the tree does not know them.
    subscribers: HashMap<u32, Vec<u32>>,
}

impl Tree {
    /// None where the crate refuses.
    pub(crate) fn of(workload: Workload, ids: Ids) -> Option<Self> {
        let attributes = [
            AttributeDefinition::string("token"),
            AttributeDefinition::integer("value"),
        ];
        let mut tree = ATree::new(&attributes).ok()?;
        let mut subscribers: HashMap<u32, Vec<u32>> = HashMap::new();
        let inserted = match ids {
            Ids::Subscriptions => workload.subscriptions,
            Ids::Filters => workload.filters,
        };
        for id in 0..inserted {
            let filter = id % workload.filters;
            let (token, min) = (filter % TOKENS, filter / TOKENS);
            let expression = format!(r#"token in ["token-{token}"] and value >= {min}"#);
            tree.insert(&id, &expression).ok()?;
        }
        if ids == Ids::Filters {
            for n in 0..workload.subscriptions {
                subscribers.entry(n % workload.filters).or_default().push(n);
            }
        }
        Some(Self { tree, subscribers })
    }

    /// The subscriptions that get a price of `token` with this value.
    pub(crate) fn recipients(&self, token: &str, value: i64) -> Result<Vec<u32>, ATreeError<'_>> {
        let mut event = self.tree.make_event();
        event
            .with_string("token", token)
            .map_err(ATreeError::Event)?;
        event
            .with_integer("value", value)
            .map_err(ATreeError::Event)?;
        let event = event.build().map_err(ATreeError::Event)?;
        let report = self.tree.search(&event)?;
        let ids = report.matches().iter().copied();
        if self.subscribers.is_empty() {
            return Ok(ids.copied().collect());
        }
        Ok(ids
            .filter_map(|filter| self.subscribers.get(filter))
            .flatten()
            .copied()
            .collect())
    }
}
