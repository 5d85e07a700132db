//! The change log: what happened to connections, in order.

use std::collections::VecDeque;

use llama_ws_core::ports::{Change, ChangeKind};
use llama_ws_core::{ConnectionId, Offset, UnixMillis};

/// The log. Its offsets are its own.
#[derive(Debug, Default)]
pub(super) struct Changes {
    entries: VecDeque<Change>,
    last: Offset,
}

/// Changes that were found, and whether there are more.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) changes: Vec<Change>,
    pub(super) cut: bool,
}

impl Changes {
    /// Appends a change that is applied after event `at` and before the next.
    pub(super) fn append(&mut self, kind: ChangeKind, at: Offset, now: UnixMillis) {
        let id = self.last.following(now.0);
        self.last = id;
        self.entries.push_back(Change { id, at, kind });
    }

    /// Keeps at most `max` entries and every one after `needed`.
    pub(super) fn trim(&mut self, max: usize, needed: Option<Offset>) {
        let is_done = |change: &mut Change| needed.is_none_or(|needed| change.id <= needed);
        while self.entries.len() > max && self.entries.pop_front_if(is_done).is_some() {}
    }

    /// The newest offset, zero in a log that never had an entry.
    pub(super) fn last(&self) -> Offset {
        self.last
    }

    /// The changes after `offset` of connections that are `wanted`, at most `count`.
    pub(super) fn after(
        &self,
        offset: Offset,
        count: usize,
        wanted: impl Fn(&ConnectionId) -> bool,
    ) -> Found {
        let from = self.entries.partition_point(|change| change.id <= offset);
        let mut found = self
            .entries
            .range(from..)
            .filter(|change| wanted(connection_of(&change.kind)));
        Found {
            changes: found.by_ref().take(count).cloned().collect(),
            cut: found.next().is_some(),
        }
    }
}

fn connection_of(kind: &ChangeKind) -> &ConnectionId {
    match kind {
        ChangeKind::Document(document) => &document.connection_id,
        ChangeKind::Removed { connection_id, .. } => connection_id,
    }
}
