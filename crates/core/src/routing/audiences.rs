//! All channels that somebody is subscribed to, and who that is.

use std::collections::HashMap;
use std::sync::Arc;

use super::audience::Audience;
use super::interned::{Interned, Shared};
use crate::channel::Channel;
use crate::connection::ConnectionDocument;
use crate::filter::{Filters, Matcher};
use crate::subscription::Subscription;

/// A member's place in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seat {
    pub(super) channel: u32,
    pub(super) cohort: u32,
}

#[derive(Debug, Default)]
pub(super) struct Audiences {
    ids: HashMap<Channel, u32>,
    audiences: Vec<Option<(Channel, Audience)>>,
    free: Vec<u32>,
    filters: Interned<Matcher>,
    spellings: Interned<str>,
}

impl Audiences {
    /// The seats that a document asks for and its credential allows, sorted. A cohort is opened
    /// where there is none: the caller has to [`Audiences::sit`] in each that it does not leave.
    pub(super) fn seats(&mut self, document: &ConnectionDocument) -> Box<[Seat]> {
        let Some(principal) = &document.principal else {
            return Box::default();
        };
        let channels = document.subscription.as_ref().map(Subscription::channels);
        let mut last: Option<(&Arc<Filters>, Shared<Matcher>)> = None;
        let mut seats = Vec::new();
        for (channel, entry) in channels.into_iter().flatten() {
            if !principal.permissions.may_subscribe(channel) {
                continue;
            }
            // The channels of a document mostly share their filters.
            let filter = match &last {
                Some((of, filter)) if Arc::ptr_eq(of, &entry.filters) => {
                    self.filters.retain(filter);
                    filter.clone()
                }
                _ => self.filters.acquire(Arc::new(Matcher::new(&entry.filters))),
            };
            let spelling = self.spellings.acquire(Arc::clone(&entry.spelling));
            last = Some((&entry.filters, filter.clone()));
            seats.push(self.seat(channel, filter, spelling));
        }
        seats.sort_unstable();
        seats.into()
    }

    fn seat(&mut self, channel: &Channel, filter: Shared<Matcher>, spelling: Shared<str>) -> Seat {
        let id = self.open(channel);
        let Some(audience) = audience_mut(&mut self.audiences, id) else {
            return Seat {
                channel: id,
                cohort: u32::MAX,
            };
        };
        let cohort = match audience.find(&filter, &spelling) {
            Some(cohort) => {
                self.filters.release(&filter);
                self.spellings.release(&spelling);
                cohort
            }
            None => audience.open(filter, spelling),
        };
        Seat {
            channel: id,
            cohort,
        }
    }

    fn open(&mut self, channel: &Channel) -> u32 {
        if let Some(id) = self.ids.get(channel) {
            return *id;
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.audiences.push(None);
            u32::try_from(self.audiences.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(free) = self.audiences.get_mut(id as usize) {
            *free = Some((channel.clone(), Audience::default()));
        }
        self.ids.insert(channel.clone(), id);
        id
    }

    /// Takes a seat that is not taken.
    pub(super) fn sit(&mut self, seat: Seat, slot: u32) {
        if let Some(audience) = audience_mut(&mut self.audiences, seat.channel) {
            audience.join(seat.cohort, slot);
        }
    }

    /// Leaves a seat; what nobody uses any more is closed.
    pub(super) fn leave(&mut self, seat: Seat, slot: u32) {
        let Some(audience) = audience_mut(&mut self.audiences, seat.channel) else {
            return;
        };
        let closed = audience.leave(seat.cohort, slot);
        let is_over = audience.members() == 0;
        if let Some(cohort) = closed {
            self.filters.release(&cohort.filter);
            self.spellings.release(&cohort.spelling);
        }
        if is_over
            && let Some(held) = self.audiences.get_mut(seat.channel as usize)
            && let Some((channel, _)) = held.take()
        {
            self.ids.remove(&channel);
            self.free.push(seat.channel);
        }
    }

    /// The channel's number, if somebody is subscribed to it.
    pub(super) fn id(&self, channel: &Channel) -> Option<u32> {
        self.ids.get(channel).copied()
    }

    pub(super) fn audience(&self, id: u32) -> Option<&Audience> {
        let (_, audience) = self.audiences.get(id as usize)?.as_ref()?;
        Some(audience)
    }

    /// Every channel with the number of its subscribers, in no order.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (&Channel, usize)> {
        let open = self.audiences.iter().flatten();
        open.map(|(channel, audience)| (channel, audience.members()))
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.filters.is_empty() && self.spellings.is_empty()
    }
}

fn audience_mut(audiences: &mut [Option<(Channel, Audience)>], id: u32) -> Option<&mut Audience> {
    let (_, audience) = audiences.get_mut(id as usize)?.as_mut()?;
    Some(audience)
}
