//! The client's side of "nothing missed, nothing twice": the rule of the contract for `offset`,
//! `prev`, `replay` and `snapshot`.

use std::collections::{HashSet, VecDeque};

use llama_ws_core::Offset;

use super::frame::EventFrame;

/// Ids remembered: some replays' worth.
const MAX_REMEMBERED: usize = 4_096;

/// What a listener has seen.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    last: Option<Offset>,
    /// Where the replay in flight begins.
    resuming: Option<Offset>,
    ids: HashSet<String>,
    order: VecDeque<String>,
}

/// What to do with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Show it.
    Deliver,
    /// Show it, and ask for what is missing after this offset.
    DeliverAndResume(Offset),
    /// It was shown before.
    Repeat,
}

impl Cursor {
    /// The last live offset, from which a reconnecting client continues.
    pub(super) fn last(&self) -> Option<Offset> {
        self.last
    }

    /// Where the replay in flight begins.
    pub(super) fn resuming(&self) -> Option<Offset> {
        self.resuming
    }

    pub(super) fn observe(&mut self, event: &EventFrame<'_>) -> Verdict {
        if event.replay || event.snapshot {
            let new = self.remember(&event.event_id);
            return if new {
                Verdict::Deliver
            } else {
                Verdict::Repeat
            };
        }
        let before = self.last;
        if before.is_some_and(|last| event.offset <= last) {
            return Verdict::Repeat;
        }
        self.last = Some(event.offset);
        self.remember(&event.event_id);
        let missed = before.filter(|last| event.prev.is_none_or(|prev| prev > *last));
        match missed {
            Some(last) if self.resuming.is_none() => {
                self.resuming = Some(last);
                Verdict::DeliverAndResume(last)
            }
            _ => Verdict::Deliver,
        }
    }

    /// A subscribe request was sent; with a `since` it replays too.
    pub(super) fn subscribing(&mut self) {
        self.resuming = self.last;
    }

    /// It was answered: who has seen nothing yet starts here.
    pub(super) fn subscribed(&mut self, offset: Option<Offset>) {
        self.last = self.last.or(offset);
    }

    /// A replay is over; the server has looked up to `offset`.
    pub(super) fn resumed(&mut self, offset: Option<Offset>) {
        self.resuming = None;
        self.last = self.last.max(offset);
    }

    /// The server does not know the last offset.
    pub(super) fn forget(&mut self) {
        self.last = None;
        self.resuming = None;
    }

    /// Whether `id` is new.
    fn remember(&mut self, id: &str) -> bool {
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > MAX_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(offset: u64, prev: Option<u64>) -> EventFrame<'static> {
        EventFrame {
            kind: "price_update".to_owned(),
            event_id: format!("e-{offset}"),
            offset: Offset::new(offset, 0),
            prev: prev.map(|prev| Offset::new(prev, 0)),
            channel: None,
            channels: Vec::new(),
            data: None,
            timestamp: None,
            metadata: super::super::frame::Metadata::default(),
            replay: false,
            snapshot: false,
        }
    }

    fn replayed(offset: u64) -> EventFrame<'static> {
        EventFrame {
            replay: true,
            ..event(offset, None)
        }
    }

    fn at(ms: u64) -> Offset {
        Offset::new(ms, 0)
    }

    #[test]
    fn live_events_in_order_are_delivered() {
        let mut cursor = Cursor::default();
        cursor.subscribed(Some(at(5)));

        assert_eq!(cursor.observe(&event(6, Some(3))), Verdict::Deliver);
        assert_eq!(cursor.observe(&event(9, Some(6))), Verdict::Deliver);
        assert_eq!(cursor.observe(&event(9, Some(6))), Verdict::Repeat);
        assert_eq!(cursor.observe(&event(8, Some(6))), Verdict::Repeat);
        assert_eq!(cursor.last(), Some(at(9)));
    }

    #[test]
    fn a_hole_asks_for_what_is_missing_once_at_a_time() {
        let mut cursor = Cursor::default();
        cursor.subscribed(Some(at(5)));

        assert_eq!(
            cursor.observe(&event(9, Some(7))),
            Verdict::DeliverAndResume(at(5))
        );
        assert_eq!(cursor.observe(&event(12, Some(11))), Verdict::Deliver);
        assert_eq!(cursor.observe(&replayed(7)), Verdict::Deliver);
        assert_eq!(cursor.observe(&replayed(9)), Verdict::Repeat);
        cursor.resumed(Some(at(12)));
        assert_eq!(
            cursor.observe(&event(15, Some(14))),
            Verdict::DeliverAndResume(at(12))
        );
    }

    #[test]
    fn an_unknown_predecessor_is_a_hole_unless_nothing_was_seen() {
        let mut cursor = Cursor::default();

        assert_eq!(cursor.observe(&event(6, None)), Verdict::Deliver);
        assert_eq!(
            cursor.observe(&event(7, None)),
            Verdict::DeliverAndResume(at(6))
        );
    }

    #[test]
    fn replays_leave_the_last_offset_alone_and_their_end_moves_it() {
        let mut cursor = Cursor::default();
        cursor.subscribed(Some(at(5)));
        cursor.subscribing();

        assert_eq!(cursor.observe(&replayed(30)), Verdict::Deliver);
        assert_eq!(cursor.last(), Some(at(5)));
        cursor.resumed(Some(at(31)));
        assert_eq!(cursor.last(), Some(at(31)));
        cursor.resumed(Some(at(2)));
        assert_eq!(cursor.last(), Some(at(31)));
        assert_eq!(cursor.observe(&event(32, Some(31))), Verdict::Deliver);
    }

    #[test]
    fn old_ids_are_forgotten() {
        let mut cursor = Cursor::default();
        for offset in 0..=MAX_REMEMBERED as u64 {
            assert_eq!(cursor.observe(&replayed(offset)), Verdict::Deliver);
        }

        assert_eq!(cursor.observe(&replayed(1)), Verdict::Repeat);
        assert_eq!(cursor.observe(&replayed(0)), Verdict::Deliver);
        assert_eq!(
            (cursor.ids.len(), cursor.order.len()),
            (MAX_REMEMBERED, MAX_REMEMBERED)
        );
    }
}
