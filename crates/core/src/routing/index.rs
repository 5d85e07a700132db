//! The routing index itself: documents in, recipients out.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::audience::Cohort;
use super::audiences::Audiences;
use super::matches::Matches;
use super::members::{Member, Members};
use super::selector::Scratch;
use super::{Applied, Recipients, RoutedEvent, Spellings};
use crate::channel::Channel;
use crate::connection::ConnectionDocument;
use crate::event::Target;
use crate::identifier::{ConnectionId, UserId};
use crate::stats::{Counts, MAX_LISTED_CHANNELS};
use crate::time::UnixMillis;

/// The name of the channel that a broadcast to all comes on.
const ALL: &str = "all";

/// Every connection of the worker's shards, by channel, filter and user. Never holds a channel that
/// the connection's credential does not allow.
#[derive(Debug, Default)]
pub struct RoutingIndex {
    members: Members,
    audiences: Audiences,
    /// When whose credential ends.
    ends: BTreeSet<(UnixMillis, u32)>,
    subscriptions: u64,
    matches: Matches,
    scratch: Scratch,
}

impl RoutingIndex {
    /// Takes a document, unless a newer one of the connection is there.
    pub fn apply(&mut self, document: Arc<ConnectionDocument>) -> Applied {
        let held = self.members.slot(&document.connection_id);
        if held
            .and_then(|slot| self.members.get(slot))
            .is_some_and(|held| age(&held.document) >= age(&document))
        {
            return Applied::Stale;
        }
        let end = credential_end(&document);
        let seats = self.audiences.seats(&document);
        self.subscriptions += u64::from(!seats.is_empty());
        let (slot, left) = match held {
            Some(slot) => {
                self.forget_end(slot);
                let left = self.members.replace(slot, document, seats);
                self.subscriptions -= u64::from(!left.is_empty());
                (slot, left)
            }
            None => (self.members.insert(document, seats), Box::default()),
        };
        self.ends.extend(end.map(|end| (end, slot)));
        let Some(member) = self.members.get(slot) else {
            return Applied::Taken;
        };
        for seat in &member.seats {
            if left.binary_search(seat).is_err() {
                self.audiences.sit(*seat, slot);
            }
        }
        for seat in &left {
            if member.seats.binary_search(seat).is_err() {
                self.audiences.leave(*seat, slot);
            }
        }
        Applied::Taken
    }

    /// Removes a connection of this generation.
    pub fn remove(&mut self, id: &ConnectionId, connected_at: UnixMillis) -> Applied {
        let held = self.members.slot(id).filter(|slot| {
            let member = self.members.get(*slot);
            member.is_some_and(|held| held.document.connected_at <= connected_at)
        });
        let Some(slot) = held else {
            return Applied::Stale;
        };
        self.forget_end(slot);
        if let Some(member) = self.members.remove(slot) {
            self.subscriptions -= u64::from(!member.seats.is_empty());
            for seat in &member.seats {
                self.audiences.leave(*seat, slot);
            }
        }
        Applied::Taken
    }

    fn forget_end(&mut self, slot: u32) {
        let member = self.members.get(slot);
        if let Some(end) = member.and_then(|member| credential_end(&member.document)) {
            self.ends.remove(&(end, slot));
        }
    }

    /// A connection's document.
    #[must_use]
    pub fn document(&self, id: &ConnectionId) -> Option<&Arc<ConnectionDocument>> {
        let member = self.members.get(self.members.slot(id)?)?;
        Some(&member.document)
    }

    /// Everybody who gets `event` now, with what the worker needs of each.
    pub fn recipients(&mut self, event: &RoutedEvent, now: UnixMillis) -> Recipients {
        self.matching(event, now);
        let named = |(slot, spellings): (u32, &Spellings)| {
            let member = self.members.get(slot)?;
            let id = member.document.connection_id.clone();
            Some((id, Arc::clone(spellings)))
        };
        Recipients {
            matched: self.matches.iter().filter_map(named).collect(),
            filtered: self.matches.filtered(),
        }
    }

    /// The set of those who get `event` now.
    pub fn matching(&mut self, event: &RoutedEvent, now: UnixMillis) -> &Matches {
        self.matches.clear();
        match (&event.event.user_id, &event.event.target) {
            (Some(user), _) => self.match_user(user, event, now),
            (None, Target::All) => self.match_everybody(now),
            (None, _) => self.match_channels(event, now),
        }
        &self.matches
    }

    fn match_user(&mut self, user: &UserId, event: &RoutedEvent, now: UnixMillis) {
        for (slot, member) in self.members.of_user(user) {
            let (names, refused) = self.names(member, event);
            self.matches.add_filtered(refused);
            if let Some(names) = names
                && member.document.principal_at(now).is_some()
            {
                self.matches.add(slot, names);
            }
        }
    }

    fn match_everybody(&mut self, now: UnixMillis) {
        let names: Spellings = Arc::from([Arc::from(ALL)]);
        for (slot, member) in self.members.iter() {
            if member.document.principal_at(now).is_some() {
                self.matches.add(slot, Arc::clone(&names));
            }
        }
    }

    fn match_channels(&mut self, event: &RoutedEvent, now: UnixMillis) {
        let Self {
            members,
            audiences,
            matches,
            scratch,
            ends,
            ..
        } = self;
        let mut selected: Vec<Vec<&Cohort>> = Vec::with_capacity(event.channels.len());
        for channel in &event.channels {
            let Some(audience) = audiences.id(channel).and_then(|id| audiences.audience(id)) else {
                continue;
            };
            let mut cohorts = Vec::new();
            let mut kept = 0;
            audience.select(event.filtered_by(), scratch, |cohort| {
                kept += cohort.slots.len();
                cohorts.push(cohort);
            });
            matches.add_filtered(audience.members() - kept);
            if !cohorts.is_empty() {
                selected.push(cohorts);
            }
        }
        if let [only] = selected.as_slice() {
            matches.add_only(only);
        } else {
            for cohorts in &selected {
                matches.add_channel(cohorts, members.slots());
            }
            matches.finish();
        }
        if ends.first().is_some_and(|(end, _)| *end <= now) {
            matches.retain(|slot| {
                let member = members.get(slot);
                member.is_some_and(|member| member.document.principal_at(now).is_some())
            });
        }
    }

    /// Whether this connection gets `event` now, and on which channels.
    #[must_use]
    pub fn match_one(
        &self,
        id: &ConnectionId,
        event: &RoutedEvent,
        now: UnixMillis,
    ) -> Option<Spellings> {
        let member = self.members.get(self.members.slot(id)?)?;
        let principal = member.document.principal_at(now)?;
        let user = event.event.user_id.as_ref();
        if user.is_some_and(|user| *user != principal.user_id) {
            return None;
        }
        let (names, _) = self.names(member, event);
        names
    }

    /// The names under which a member would get `event`, and how many of its subscriptions to the
    /// event's channels filter it out.
    fn names(&self, member: &Member, event: &RoutedEvent) -> (Option<Spellings>, usize) {
        if event.event.target == Target::All {
            return (Some(Arc::from([Arc::from(ALL)])), 0);
        }
        let facets = event.filtered_by();
        let cohort = |channel| {
            let id = self.audiences.id(channel)?;
            self.audiences.audience(id)?.cohort(member.cohort(id)?)
        };
        let (passing, refused): (Vec<&Cohort>, Vec<&Cohort>) = event
            .channels
            .iter()
            .filter_map(cohort)
            .partition(|cohort| facets.is_none_or(|facets| cohort.filter.value.passes(facets)));
        let names = passing
            .iter()
            .map(|cohort| Arc::clone(&cohort.spelling.value));
        let names = (!passing.is_empty()).then(|| names.collect());
        (names, refused.len())
    }

    /// Writes the gauges into `counts`.
    pub fn count(&self, counts: &mut Counts) {
        let count = |items: usize| u64::try_from(items).unwrap_or(u64::MAX);
        let mut by_channel: Vec<(&Channel, usize)> = self.audiences.sizes().collect();
        let order = |(a, an): &(&Channel, usize), (b, bn): &(&Channel, usize)| {
            bn.cmp(an).then_with(|| a.cmp(b))
        };
        if by_channel.len() > MAX_LISTED_CHANNELS {
            by_channel.select_nth_unstable_by(MAX_LISTED_CHANNELS, order);
            by_channel.truncate(MAX_LISTED_CHANNELS);
        }
        by_channel.sort_unstable_by(order);
        counts.connections = count(self.members.len());
        counts.subscriptions = self.subscriptions;
        counts.by_channel = by_channel
            .into_iter()
            .map(|(channel, members)| (channel.clone(), count(members)))
            .collect();
    }

    /// Whether nothing is left of any connection.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.members.len() == 0 && self.audiences.is_empty() && self.ends.is_empty()
    }
}

/// Newer generations first, then newer revisions.
fn age(document: &ConnectionDocument) -> (UnixMillis, u64) {
    (document.connected_at, document.revision)
}

fn credential_end(document: &ConnectionDocument) -> Option<UnixMillis> {
    document.principal.as_ref()?.expires_at
}
