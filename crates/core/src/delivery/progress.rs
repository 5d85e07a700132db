//! Progress: up to where everything in the event log is posted, superseded or given up.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::offset::Offset;
use crate::time::UnixMillis;

/// How long an entry that is not an alert holds the cursor back.
pub(crate) const PIN_LIFE: Duration = Duration::from_secs(5);

/// Follows the entries that were read and are not yet done with.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Entries after the cursor, in order.
    read: VecDeque<Offset>,
    open: BTreeMap<Offset, Open>,
    cursor: Offset,
}

#[derive(Debug)]
struct Open {
    deliveries: usize,
    alert: bool,
    since: UnixMillis,
}

impl Progress {
    pub(crate) fn from(cursor: Offset) -> Self {
        Self {
            cursor,
            ..Self::default()
        }
    }

    /// An entry was read and is due to `deliveries` connections.
    pub(crate) fn read(&mut self, offset: Offset, deliveries: usize, alert: bool, now: UnixMillis) {
        if offset <= self.cursor {
            return;
        }
        self.read.push_back(offset);
        if deliveries > 0 {
            self.open.insert(
                offset,
                Open {
                    deliveries,
                    alert,
                    since: now,
                },
            );
        }
    }

    /// One of its deliveries is done with.
    pub(crate) fn done(&mut self, offset: Offset) {
        let Some(open) = self.open.get_mut(&offset) else {
            return;
        };
        open.deliveries = open.deliveries.saturating_sub(1);
        if open.deliveries == 0 {
            self.open.remove(&offset);
        }
    }

    /// Everything up to here is done with, or has waited too long to hold the rest back.
    pub(crate) fn cursor(&mut self, now: UnixMillis) -> Offset {
        while let Some(&next) = self.read.front() {
            let pins = self
                .open
                .get(&next)
                .is_some_and(|open| open.alert || now.since(open.since) < PIN_LIFE);
            if pins {
                break;
            }
            self.cursor = next;
            self.read.pop_front();
        }
        self.cursor
    }

    /// How many entries have deliveries outstanding.
    #[cfg(test)]
    fn open(&self) -> usize {
        self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Offset {
        Offset::new(ms, 0)
    }

    #[test]
    fn the_cursor_stands_before_the_oldest_open_entry() {
        let mut progress = Progress::from(at(1));
        progress.read(at(2), 0, false, UnixMillis(0));
        progress.read(at(3), 2, false, UnixMillis(0));
        progress.read(at(4), 1, false, UnixMillis(0));

        assert_eq!(progress.cursor(UnixMillis(0)), at(2));
        progress.done(at(4));
        progress.done(at(3));
        assert_eq!(progress.cursor(UnixMillis(0)), at(2));
        progress.done(at(3));
        assert_eq!(progress.cursor(UnixMillis(0)), at(4));
        assert_eq!(progress.open(), 0);
    }

    #[test]
    fn an_entry_stops_pinning_after_5_s_unless_it_is_an_alert() {
        let mut progress = Progress::from(at(1));
        progress.read(at(2), 1, false, UnixMillis(0));
        progress.read(at(3), 1, true, UnixMillis(0));

        assert_eq!(progress.cursor(UnixMillis(4_999)), at(1));
        assert_eq!(progress.cursor(UnixMillis(5_000)), at(2));
        assert_eq!(progress.cursor(UnixMillis(60_000)), at(2));
        progress.done(at(3));
        assert_eq!(progress.cursor(UnixMillis(60_000)), at(3));
    }

    #[test]
    fn entries_at_or_before_the_cursor_do_not_move_it_back() {
        let mut progress = Progress::from(at(5));
        progress.read(at(4), 1, true, UnixMillis(0));
        assert_eq!(progress.cursor(UnixMillis(0)), at(5));
    }
}
