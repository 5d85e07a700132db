//! Catching up, as far as it touches lanes: what waits is held back until what was missed has gone
//! before it.

use std::sync::Arc;

use super::Engine;
use crate::catch_up::CatchUp;
use crate::delivery::Message;
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::ports::History as Page;
use crate::time::UnixMillis;
use crate::worker::replays::{ReplayOrder, Wanted};

/// Entries of the past that are looked at before what is live gets a turn.
const LOOK_BUDGET: usize = 2_000;

/// Where an order stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// In the change log.
    pub(super) id: Offset,
    /// In the event log: after this event and before the next.
    pub(super) at: Offset,
}

impl Engine {
    /// Sets how many messages a replay has at most.
    pub(crate) fn limit_replays(&mut self, limit: usize) {
        self.replays.limit_to(limit);
    }

    /// A connection is to catch up from here.
    pub(super) fn catch_up(
        &mut self,
        place: Place,
        connection_id: &ConnectionId,
        catch_up: &CatchUp,
        now: UnixMillis,
    ) {
        let (Some(lane), Some(since)) = (self.lanes.get_mut(connection_id), catch_up.since) else {
            return;
        };
        let order = ReplayOrder {
            connection_id: connection_id.clone(),
            since,
            at: place.at,
            up_to: lane.hold(place.at),
            ordered_at: now,
        };
        self.changed.insert(connection_id.clone());
        self.replays.order(place.id, order);
    }

    /// Looks at some more of the past.
    pub(crate) fn look_back(&mut self, now: UnixMillis) {
        let (index, lanes) = (&self.index, &self.lanes);
        let gathered = self.replays.look(LOOK_BUDGET, |id, event| {
            let message = Message {
                event: Arc::clone(event),
                channels: index.match_one(id, &event.routed, now)?,
            };
            let latest_only = lanes.get(id).is_some_and(|lane| lane.conflates(&message));
            Some(Wanted {
                message,
                latest_only,
            })
        });
        for found in gathered {
            let id = found.connection_id;
            if let Some(lane) = self.lanes.get_mut(&id) {
                lane.fill(found.messages, found.result);
            }
            self.caught_up(&id);
            self.schedule(&id, now);
        }
    }

    /// The end of the next page of the past to read, if one is to be read now.
    pub(crate) fn next_page(&mut self, now: UnixMillis) -> Option<Offset> {
        self.replays.next_read(now)
    }

    /// Takes a page of the past, or that it could not be read.
    pub(crate) fn take_page(&mut self, up_to: Offset, page: Option<Page>, now: UnixMillis) {
        self.replays.take_page(up_to, page, now);
    }

    /// Whose replays have told everything but their result, which goes once they may ask for the
    /// next: tell [`Engine::replays_may_end`].
    pub(crate) fn ending_replays(&mut self) -> Vec<ConnectionId> {
        self.replays.take_ending()
    }

    /// These may ask for their next replay, so they may be told the result of the last.
    pub(crate) fn replays_may_end(&mut self, ids: &[ConnectionId], now: UnixMillis) {
        for id in ids {
            if let Some(lane) = self.lanes.get_mut(id) {
                lane.may_end();
                self.schedule(id, now);
            }
        }
    }

    /// After anything that moves a lane on: sees whether its replay is about to end, or has ended.
    pub(super) fn caught_up(&mut self, id: &ConnectionId) {
        if !self.replays.has(id) {
            return;
        }
        let Some(lane) = self.lanes.get_mut(id) else {
            return;
        };
        if lane.wants_to_end() {
            self.replays.end(id.clone());
        }
        if lane.take_caught_up() && self.replays.done(id) {
            lane.hold_on();
        }
    }
}
