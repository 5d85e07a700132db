//! The recent past, read backwards: what the worker itself has followed, and pages of the log from
//! before that. Replays share both, so that clients that return together cost few reads.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::delivery::SharedEvent;
use crate::offset::Offset;
use crate::ports::{History as Page, Record};
use crate::routing::RoutedEvent;

/// Most bytes of what the worker has followed, about; and as many of pages.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Entries of one page.
pub(crate) const PAGE: usize = 500;

/// What an entry takes beyond its event's data, about.
const ENTRY_OVERHEAD_BYTES: usize = 600;

/// An entry of the log, kept as replays need it.
#[derive(Debug, Clone)]
pub(crate) enum Past {
    Event(Arc<SharedEvent>),
    /// Events may be missing before this place.
    Gap(Offset),
}

impl Past {
    pub(crate) fn offset(&self) -> Offset {
        match self {
            Self::Event(event) => event.offset,
            Self::Gap(offset) => *offset,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            // The data is there twice: as it was published, and in the frame.
            Self::Event(event) => 2 * event.routed.event.data.get().len() + ENTRY_OVERHEAD_BYTES,
            Self::Gap(_) => ENTRY_OVERHEAD_BYTES,
        }
    }
}

/// A part of the log without holes.
#[derive(Debug, Default)]
struct Stretch {
    entries: VecDeque<Past>,
    /// Everything after this place is here.
    after: Offset,
    bytes: usize,
}

#[derive(Debug)]
pub(crate) struct History {
    /// What the worker has followed; it has no end.
    followed: Stretch,
    /// Pages by their end, and what was trimmed when the one that begins the log was read.
    pages: BTreeMap<Offset, (Stretch, Option<Offset>)>,
    page_bytes: usize,
    max_bytes: usize,
}

/// What is known of the log from a place backwards.
pub(crate) enum Known<'a> {
    /// These, newest first; then ask for `after`.
    Entries {
        entries: Box<dyn Iterator<Item = &'a Past> + 'a>,
        after: Offset,
        /// The log holds nothing older: everything up to here has been trimmed.
        trimmed_up_to: Option<Offset>,
    },
    /// A page must be read.
    Nothing,
}

impl History {
    /// The worker follows the log from here on.
    pub(crate) fn from(start: Offset) -> Self {
        Self {
            followed: Stretch {
                after: start,
                ..Stretch::default()
            },
            pages: BTreeMap::new(),
            page_bytes: 0,
            max_bytes: MAX_BYTES,
        }
    }

    /// The next entry that the worker has followed.
    pub(crate) fn follow(&mut self, past: Past) {
        if past.offset() <= self.followed.after {
            return;
        }
        self.followed.bytes += past.bytes();
        self.followed.entries.push_back(past);
        while self.followed.bytes > self.max_bytes
            && let Some(oldest) = self.followed.entries.pop_front()
        {
            self.followed.bytes -= oldest.bytes();
            self.followed.after = oldest.offset();
        }
    }

    /// The log was trimmed before the worker had followed it: what comes next is `next`.
    pub(crate) fn skip_to(&mut self, next: Offset) {
        self.followed = Stretch {
            after: next.preceding(),
            ..Stretch::default()
        };
    }

    /// What is known of the log backwards from `end`, which counts.
    pub(crate) fn before(&self, end: Offset) -> Known<'_> {
        if end > self.followed.after {
            return Known::Entries {
                entries: self.followed.before(end),
                after: self.followed.after,
                trimmed_up_to: None,
            };
        }
        let page = self.pages.range(end..).next();
        match page.filter(|(_, (stretch, _))| end > stretch.after) {
            Some((_, (stretch, trimmed_up_to))) => Known::Entries {
                entries: stretch.before(end),
                after: stretch.after,
                trimmed_up_to: *trimmed_up_to,
            },
            None => Known::Nothing,
        }
    }

    /// Keeps a page that ends at `up_to`; the oldest ones make room.
    pub(crate) fn keep(&mut self, up_to: Offset, page: Page) {
        let is_first = page.entries.len() < PAGE;
        let oldest = page.entries.first().map(|entry| entry.offset);
        let mut stretch = Stretch {
            after: oldest
                .filter(|_| !is_first)
                .map_or(Offset::ZERO, Offset::preceding),
            ..Stretch::default()
        };
        for entry in page.entries {
            let past = match entry.record {
                Record::Event(event) => Past::Event(Arc::new(SharedEvent::new(
                    RoutedEvent::new(event),
                    entry.offset,
                ))),
                Record::Gap => Past::Gap(entry.offset),
            };
            stretch.bytes += past.bytes();
            stretch.entries.push_back(past);
        }
        self.page_bytes += stretch.bytes;
        let trimmed_up_to = is_first.then_some(page.trimmed_up_to);
        if let Some((replaced, _)) = self.pages.insert(up_to, (stretch, trimmed_up_to)) {
            self.page_bytes -= replaced.bytes;
        }
        while self.page_bytes > self.max_bytes && self.pages.len() > 1 {
            let oldest = self.pages.keys().find(|end| **end != up_to).copied();
            let left = oldest.and_then(|end| self.pages.remove(&end));
            self.page_bytes -= left.map_or(0, |(stretch, _)| stretch.bytes);
        }
    }

    /// Nobody looks back any more.
    pub(crate) fn forget_pages(&mut self) {
        self.pages.clear();
        self.page_bytes = 0;
    }
}

impl Stretch {
    fn before(&self, end: Offset) -> Box<dyn Iterator<Item = &Past> + '_> {
        let known = self.entries.partition_point(|past| past.offset() <= end);
        Box::new(self.entries.range(..known).rev())
    }
}

#[cfg(test)]
mod tests;
