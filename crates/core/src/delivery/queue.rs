//! What waits in a lane, in order. A later message takes the place of an earlier one of the same
//! key where the client wants the latest only; what has to make room leaves a mark, so that the
//! message after it can name it as its predecessor.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::Message;
use super::lane::Load;
use super::options::LaneOptions;
use super::pace::Urgency;
use super::tally::Tally;
use crate::event::LatestKey;
use crate::offset::Offset;

/// Most messages that wait in a lane.
pub(crate) const MAX_WAITING: usize = 1_000;

/// Most bytes that wait in a lane.
pub(crate) const MAX_WAITING_BYTES: usize = 1024 * 1024;

/// Places without a load, beyond as many as there are loads, before they are cleared away.
const SPARE_PLACES: usize = 32;

/// A number per place; places keep theirs while others leave.
type Place = u64;

#[derive(Debug, Default)]
pub(super) struct Queue {
    slots: VecDeque<Slot>,
    /// The place of the first slot.
    first: Place,
    /// Where the messages are that a later one may supersede: one place per key, more only where
    /// the channels of the later one did not cover the earlier's.
    latest: HashMap<Arc<LatestKey>, Vec<Place>>,
    tally: Tally,
}

#[derive(Debug)]
enum Slot {
    Load {
        load: Load,
        may_be_superseded: bool,
    },
    /// A message up to here was due and made room.
    Dropped(Offset),
    Empty,
}

/// What had to leave when something came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Displaced {
    /// A later message of the same key is there: these were never due.
    pub(crate) superseded: Vec<Offset>,
    /// There was no room: these show as a gap.
    pub(crate) dropped: Vec<Offset>,
}

impl Queue {
    pub(super) fn push(&mut self, load: Load, options: &LaneOptions) -> Displaced {
        let superseded = self.supersede(&load);
        self.append(load, options);
        let mut dropped = Vec::new();
        while self.tally.loads > MAX_WAITING || self.tally.bytes > MAX_WAITING_BYTES {
            match self.drop_one() {
                Some(offset) => dropped.push(offset),
                None => break,
            }
        }
        self.tidy();
        Displaced {
            superseded,
            dropped,
        }
    }

    fn append(&mut self, load: Load, options: &LaneOptions) {
        let may_be_superseded =
            matches!(&load, Load::Message(message) if options.conflates(message));
        self.put(load, may_be_superseded);
    }

    fn put(&mut self, load: Load, may_be_superseded: bool) {
        if may_be_superseded && let Some(key) = load.latest_key() {
            let place = self.first + place_of(self.slots.len());
            self.latest.entry(Arc::clone(key)).or_default().push(place);
        }
        self.tally.add(&load);
        self.slots.push_back(Slot::Load {
            load,
            may_be_superseded,
        });
    }

    /// Takes out what `load` makes worthless: messages of its key on none but its channels.
    fn supersede(&mut self, load: &Load) -> Vec<Offset> {
        let Load::Message(later) = load else {
            return Vec::new();
        };
        let key = later.event.latest_key.as_ref();
        let Some(places) = key.and_then(|key| self.latest.get(key)) else {
            return Vec::new();
        };
        let covered: Vec<Place> = places
            .iter()
            .copied()
            .filter(|place| {
                self.message(*place)
                    .is_some_and(|held| held.is_covered_by(later))
            })
            .collect();
        covered
            .into_iter()
            .filter_map(|place| self.take(place)?.offset())
            .collect()
    }

    fn message(&self, place: Place) -> Option<&Message> {
        match self.slots.get(self.index(place)?)? {
            Slot::Load {
                load: Load::Message(message),
                ..
            } => Some(message),
            _ => None,
        }
    }

    fn index(&self, place: Place) -> Option<usize> {
        usize::try_from(place.checked_sub(self.first)?).ok()
    }

    /// Takes the load out of a place, which stays empty.
    fn take(&mut self, place: Place) -> Option<Load> {
        let index = self.index(place)?;
        match std::mem::replace(self.slots.get_mut(index)?, Slot::Empty) {
            Slot::Load {
                load,
                may_be_superseded,
            } => {
                self.left(&load, may_be_superseded, place);
                Some(load)
            }
            other => {
                *self.slots.get_mut(index)? = other;
                None
            }
        }
    }

    fn left(&mut self, load: &Load, may_be_superseded: bool, place: Place) {
        self.tally.remove(load);
        if may_be_superseded
            && let Some(key) = load.latest_key()
            && let Some(places) = self.latest.get_mut(key)
        {
            places.retain(|held| *held != place);
            if places.is_empty() {
                self.latest.remove(key);
            }
        }
    }

    /// Makes room: the oldest message that a later one may supersede, else the oldest that is no
    /// alert, else the oldest; never a frame of the service's own.
    fn drop_one(&mut self) -> Option<Offset> {
        let oldest_price = |slot: &Slot| matches!(slot, Slot::Load { may_be_superseded, .. } if *may_be_superseded);
        let oldest_news = |slot: &Slot| matches!(slot, Slot::Load { load: Load::Message(message), .. } if !message.is_alert());
        let oldest = |slot: &Slot| {
            matches!(
                slot,
                Slot::Load {
                    load: Load::Message(_),
                    ..
                }
            )
        };
        let index = (!self.latest.is_empty())
            .then(|| self.slots.iter().position(oldest_price))
            .flatten()
            .or_else(|| self.slots.iter().position(oldest_news))
            .or_else(|| self.slots.iter().position(oldest))?;
        let offset = self.take(self.first + place_of(index))?.offset()?;
        *self.slots.get_mut(index)? = Slot::Dropped(offset);
        Some(offset)
    }

    /// Keeps of the waiting messages what `still` says, by these options. Answers what is out.
    pub(super) fn recheck(
        &mut self,
        options: &LaneOptions,
        mut still: impl FnMut(&mut Message) -> bool,
    ) -> Vec<Offset> {
        let mut out = Vec::new();
        for slot in self.emptied() {
            match slot {
                Slot::Load { mut load, .. } => {
                    if let Load::Message(message) = &mut load
                        && !still(message)
                    {
                        out.push(message.offset());
                        continue;
                    }
                    out.append(&mut self.supersede(&load));
                    self.append(load, options);
                }
                Slot::Dropped(offset) => self.mark_dropped(offset),
                Slot::Empty => {}
            }
        }
        out
    }

    /// Clears empty places away once they outnumber what waits.
    fn tidy(&mut self) {
        if self.slots.len() <= 3 * self.tally.loads + SPARE_PLACES {
            return;
        }
        for slot in self.emptied() {
            match slot {
                Slot::Load {
                    load,
                    may_be_superseded,
                } => self.put(load, may_be_superseded),
                Slot::Dropped(offset) => self.mark_dropped(offset),
                Slot::Empty => {}
            }
        }
    }

    fn emptied(&mut self) -> VecDeque<Slot> {
        std::mem::take(self).slots
    }

    fn mark_dropped(&mut self, offset: Offset) {
        match self.slots.back_mut() {
            Some(Slot::Dropped(before)) => *before = offset,
            _ => self.slots.push_back(Slot::Dropped(offset)),
        }
    }

    /// Takes back a close that waits, with the goodbye right before it.
    pub(super) fn reprieve(&mut self) {
        let is_close = |slot: &Slot| {
            matches!(
                slot,
                Slot::Load {
                    load: Load::Close,
                    ..
                }
            )
        };
        let Some(close) = self.slots.iter().position(is_close) else {
            return;
        };
        self.take(self.first + place_of(close));
        let before = self.slots.iter().take(close);
        let goodbye = before
            .enumerate()
            .rfind(|(_, slot)| !matches!(slot, Slot::Empty));
        if let Some((index, slot)) = goodbye
            && matches!(
                slot,
                Slot::Load {
                    load: Load::Control(_),
                    ..
                }
            )
        {
            self.take(self.first + place_of(index));
        }
    }

    /// Passes over what was dropped before the first load. Answers the last of it.
    pub(super) fn pass_dropped(&mut self) -> Option<Offset> {
        let mut last = None;
        while let Some(slot) = self.slots.front() {
            match slot {
                Slot::Load { .. } => break,
                Slot::Dropped(offset) => last = Some(*offset),
                Slot::Empty => {}
            }
            self.slots.pop_front();
            self.first += 1;
        }
        last
    }

    /// The first load, once what was dropped before it has been passed.
    pub(super) fn front(&self) -> Option<&Load> {
        match self.slots.front()? {
            Slot::Load { load, .. } => Some(load),
            _ => None,
        }
    }

    /// Takes the first load.
    pub(super) fn pop(&mut self) -> Option<Load> {
        let load = self.take(self.first)?;
        self.slots.pop_front();
        self.first += 1;
        Some(load)
    }

    /// The offsets that wait, first to last.
    pub(super) fn offsets(&self) -> impl DoubleEndedIterator<Item = Offset> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Load { load, .. } => load.offset(),
            _ => None,
        })
    }

    /// The last offset that was due: it waits, or made room.
    pub(super) fn last_due(&self) -> Option<Offset> {
        self.slots.iter().rev().find_map(|slot| match slot {
            Slot::Load { load, .. } => load.offset(),
            Slot::Dropped(offset) => Some(*offset),
            Slot::Empty => None,
        })
    }

    /// Whether the end waits.
    pub(super) fn has_close(&self) -> bool {
        self.tally.closes > 0
    }

    pub(super) fn urgency(&self) -> Urgency {
        self.tally.urgency()
    }

    pub(super) fn bytes(&self) -> usize {
        self.tally.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.tally.loads
    }
}

fn place_of(index: usize) -> Place {
    u64::try_from(index).unwrap_or(u64::MAX)
}
