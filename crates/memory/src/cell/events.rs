//! The event log: entries in order, and what is remembered of events to tell their repeats.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use llama_ws_core::ports::{AppendOutcome, History, LogEntry, Record};
use llama_ws_core::{Event, Offset, UnixMillis};

use super::CellOptions;

/// What an entry takes beyond the texts in it, about.
const ENTRY_OVERHEAD_BYTES: usize = 128;

/// The log. It is trimmed when it grows, and never of its newest entry.
#[derive(Debug, Default, Clone)]
pub(super) struct Events {
    entries: VecDeque<Kept>,
    bytes: usize,
    last: Offset,
    trimmed_up_to: Offset,
    remembered: HashSet<String>,
    /// The same keys, by when each is forgotten.
    forget: BTreeSet<(UnixMillis, String)>,
}

/// What a read of the event log found.
#[derive(Debug)]
pub(super) struct EventsRead {
    pub(super) entries: Vec<LogEntry>,
    pub(super) read_to: Offset,
    /// There are more.
    pub(super) cut: bool,
    /// Entries after the cursor are there no more.
    pub(super) trimmed: bool,
}

#[derive(Debug, Clone)]
struct Kept {
    entry: LogEntry,
    bytes: usize,
}

impl Events {
    /// Appends an event, unless it is remembered.
    pub(super) fn append(
        &mut self,
        event: &Event,
        options: &CellOptions,
        now: UnixMillis,
    ) -> AppendOutcome {
        self.forget(now);
        let repeat = event.repeat_key();
        if !self.remembered.insert(repeat.key.clone()) {
            return AppendOutcome::Duplicate;
        }
        self.forget.insert((now.plus(repeat.window), repeat.key));
        let record = Record::Event(Arc::new(event.clone()));
        AppendOutcome::At(self.push(record, bytes_of(event), options, now))
    }

    /// Appends a gap marker.
    pub(super) fn append_gap(&mut self, options: &CellOptions, now: UnixMillis) -> Offset {
        self.push(Record::Gap, ENTRY_OVERHEAD_BYTES, options, now)
    }

    /// Appends a gap marker above `floor` and above now + `lead`.
    pub(super) fn append_gap_above(
        &mut self,
        floor: Offset,
        lead: Duration,
        options: &CellOptions,
        now: UnixMillis,
    ) -> Offset {
        let least = Offset::new(now.plus(lead).0, u64::MAX);
        self.last = self.last.max(floor).max(least);
        self.append_gap(options, now)
    }

    /// The newest offset, zero in a log that never had an entry.
    pub(super) fn last(&self) -> Offset {
        self.last
    }

    /// Reads on from `offset`, at most `count` entries.
    pub(super) fn read(&self, offset: Offset, count: usize) -> EventsRead {
        let from = self
            .entries
            .partition_point(|kept| kept.entry.offset <= offset);
        let entries = self.entries.range(from..).take(count);
        let entries: Vec<_> = entries.map(|kept| kept.entry.clone()).collect();
        let end = self.last.max(offset);
        let read_to = entries.last().map_or(end, |entry| entry.offset);
        EventsRead {
            entries,
            read_to,
            cut: read_to < end,
            trimmed: offset < self.trimmed_up_to,
        }
    }

    /// The newest `count` entries up to `up_to`.
    pub(super) fn history(&self, up_to: Offset, count: usize) -> History {
        let end = self
            .entries
            .partition_point(|kept| kept.entry.offset <= up_to);
        let entries = self.entries.range(end.saturating_sub(count)..end);
        History {
            entries: entries.map(|kept| kept.entry.clone()).collect(),
            trimmed_up_to: self.trimmed_up_to,
        }
    }

    fn push(
        &mut self,
        record: Record,
        bytes: usize,
        options: &CellOptions,
        now: UnixMillis,
    ) -> Offset {
        let offset = self.last.following(now.0);
        self.last = offset;
        self.bytes = self.bytes.saturating_add(bytes);
        self.entries.push_back(Kept {
            entry: LogEntry { offset, record },
            bytes,
        });
        self.trim(options, now);
        offset
    }

    fn trim(&mut self, options: &CellOptions, now: UnixMillis) {
        let oldest_ms = now.minus(options.event_age).0;
        while self.entries.len() > 1 {
            let too_many =
                self.entries.len() > options.max_events || self.bytes > options.max_event_bytes;
            let leaves = |oldest: &mut Kept| too_many || oldest.entry.offset.ms() < oldest_ms;
            let Some(trimmed) = self.entries.pop_front_if(leaves) else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(trimmed.bytes);
            self.trimmed_up_to = trimmed.entry.offset;
        }
    }

    fn forget(&mut self, now: UnixMillis) {
        while self.forget.first().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, key)) = self.forget.pop_first() {
                self.remembered.remove(&key);
            }
        }
    }
}

fn bytes_of(event: &Event) -> usize {
    let user = event.user_id.as_ref().map_or(0, |user| user.as_str().len());
    let texts = [
        event.id.as_str().len(),
        event.event_type.len(),
        user,
        event.data.get().len(),
    ];
    texts.into_iter().sum::<usize>() + ENTRY_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests;
