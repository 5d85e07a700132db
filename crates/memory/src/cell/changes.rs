//! The change log: what happened to connections, in order.

use std::collections::VecDeque;

use llama_ws_core::ports::{Change, ChangeKind};
use llama_ws_core::{ConnectionId, Offset, UnixMillis};

/// The log. Its offsets are its own.
#[derive(Debug, Default, Clone)]
pub(super) struct Changes {
    entries: VecDeque<Change>,
    last: Offset,
}

/// What a read of the change log found.
#[derive(Debug)]
pub(super) struct ChangesRead {
    pub(super) changes: Vec<Change>,
    /// How far it was read, past changes that were not wanted.
    pub(super) read_to: Offset,
    /// There are more; only changes written up to this event are certain to be here.
    pub(super) until: Option<Offset>,
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

    /// Reads on from `offset`, at most `count` changes of connections that are `wanted`.
    pub(super) fn read(
        &self,
        offset: Offset,
        count: usize,
        wanted: impl Fn(&ConnectionId) -> bool,
    ) -> ChangesRead {
        let from = self.entries.partition_point(|change| change.id <= offset);
        let mut found = self
            .entries
            .range(from..)
            .filter(|change| wanted(change.kind.connection_id()));
        let changes: Vec<_> = found.by_ref().take(count).cloned().collect();
        let cut_at = found.next().and(changes.last());
        ChangesRead {
            read_to: cut_at.map_or(self.last.max(offset), |last| last.id),
            until: cut_at.map(|last| last.at),
            changes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_of(changes: usize) -> Changes {
        let mut log = Changes::default();
        for _ in 0..changes {
            let removed = ChangeKind::Removed {
                connection_id: ConnectionId::new("a"),
                connected_at: UnixMillis(1),
            };
            log.append(removed, Offset::ZERO, UnixMillis(7));
        }
        log
    }

    fn places(log: &Changes) -> Vec<Offset> {
        log.entries.iter().map(|change| change.id).collect()
    }

    #[test]
    fn the_oldest_changes_beyond_the_bound_are_trimmed() {
        for (max, kept) in [(5, 4), (4, 4), (3, 3), (0, 0)] {
            let mut log = log_of(4);

            log.trim(max, None);

            assert_eq!(places(&log), places(&log_of(4))[4 - kept..], "to {max}");
            assert_eq!(log.last(), Offset::new(7, 3));
        }
    }

    #[test]
    fn what_a_live_lease_has_not_checkpointed_is_never_trimmed() {
        let mut log = log_of(4);

        log.trim(1, Some(Offset::ZERO));
        assert_eq!(log.entries.len(), 4);
        log.trim(1, Some(Offset::new(7, 1)));

        assert_eq!(places(&log), [Offset::new(7, 2), Offset::new(7, 3)]);
    }
}
