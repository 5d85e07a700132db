//! The routing index: who gets an event, answered in memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::channel::Channel;
use crate::connection::ConnectionDocument;
use crate::event::{Event, LatestKey, Target};
use crate::facets::Facets;
use crate::filter::Matcher;
use crate::identifier::ConnectionId;
use crate::stats::{Counts, MAX_LISTED_CHANNELS};
use crate::subscription::Subscription;
use crate::time::UnixMillis;

/// An event with what routing needs of it, worked out once.
#[derive(Debug, Clone)]
pub struct RoutedEvent {
    /// The event.
    pub event: Arc<Event>,
    facets: Facets,
    channels: Vec<Channel>,
}

impl RoutedEvent {
    /// Works out facets and channels.
    #[must_use]
    pub fn new(event: Arc<Event>) -> Self {
        let facets = event.facets();
        let channels = event.channels(&facets);
        Self {
            event,
            facets,
            channels,
        }
    }

    /// What the event can be superseded by, if by anything.
    #[must_use]
    pub fn latest_key(&self) -> Option<LatestKey> {
        self.event.latest_key(&self.facets)
    }
}

/// The channels of an event that matched one connection, first to last, in its own spelling.
pub type Spellings = Vec<Arc<str>>;

/// What one event comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recipients {
    /// Who gets it, in a stable order.
    pub matched: Vec<(ConnectionId, Spellings)>,
    /// How many subscribers of its channels a filter kept it from.
    pub filtered: u64,
}

/// Whether a document was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was newer.
    Taken,
    /// A newer one was there.
    Stale,
}

/// Every connection of the worker's shards, by channel. Never holds a channel that the
/// connection's credential does not allow.
#[derive(Debug, Default)]
pub struct RoutingIndex {
    members: HashMap<ConnectionId, Member>,
    by_channel: HashMap<Channel, BTreeSet<ConnectionId>>,
    subscriptions: u64,
}

#[derive(Debug)]
struct Member {
    document: Arc<ConnectionDocument>,
    channels: HashMap<Channel, Subscribed>,
}

#[derive(Debug)]
struct Subscribed {
    spelling: Arc<str>,
    matcher: Matcher,
}

impl RoutingIndex {
    /// Takes a document, unless a newer one of the connection is there.
    pub fn apply(&mut self, document: Arc<ConnectionDocument>) -> Applied {
        let id = document.connection_id.clone();
        if self
            .members
            .get(&id)
            .is_some_and(|held| age(&held.document) >= age(&document))
        {
            return Applied::Stale;
        }
        self.take_out(&id);
        let channels = permitted(&document);
        for channel in channels.keys() {
            self.by_channel
                .entry(channel.clone())
                .or_default()
                .insert(id.clone());
        }
        self.subscriptions += u64::from(!channels.is_empty());
        self.members.insert(id, Member { document, channels });
        Applied::Taken
    }

    /// Removes a connection of this generation.
    pub fn remove(&mut self, id: &ConnectionId, connected_at: UnixMillis) -> Applied {
        if self
            .members
            .get(id)
            .is_none_or(|held| held.document.connected_at > connected_at)
        {
            return Applied::Stale;
        }
        self.take_out(id);
        Applied::Taken
    }

    /// A connection's document.
    #[must_use]
    pub fn document(&self, id: &ConnectionId) -> Option<&Arc<ConnectionDocument>> {
        self.members.get(id).map(|member| &member.document)
    }

    /// Everybody who gets `event` now.
    #[must_use]
    pub fn recipients(&self, event: &RoutedEvent, now: UnixMillis) -> Recipients {
        let mut candidates: BTreeSet<&ConnectionId> = BTreeSet::new();
        if event.event.target == Target::All {
            candidates.extend(self.members.keys());
        }
        for channel in &event.channels {
            candidates.extend(self.by_channel.get(channel).into_iter().flatten());
        }
        let mut recipients = Recipients::default();
        for id in candidates {
            match self.match_one(id, event, now) {
                Some(spellings) => recipients.matched.push((id.clone(), spellings)),
                None => recipients.filtered += 1,
            }
        }
        recipients
    }

    /// Whether this connection gets `event` now, and on which channels.
    #[must_use]
    pub fn match_one(
        &self,
        id: &ConnectionId,
        event: &RoutedEvent,
        now: UnixMillis,
    ) -> Option<Spellings> {
        let member = self.members.get(id)?;
        let principal = member.document.principal_at(now)?;
        if event
            .event
            .user_id
            .as_ref()
            .is_some_and(|user| *user != principal.user_id)
        {
            return None;
        }
        let unfiltered = match event.event.target {
            Target::All => return Some(vec![Arc::from("all")]),
            Target::Channel(_) => true,
            Target::Derived(_) => false,
        };
        let spellings: Spellings = event
            .channels
            .iter()
            .filter_map(|channel| member.channels.get(channel))
            .filter(|subscribed| unfiltered || subscribed.matcher.passes(&event.facets))
            .map(|subscribed| Arc::clone(&subscribed.spelling))
            .collect();
        (!spellings.is_empty()).then_some(spellings)
    }

    /// Writes the gauges into `counts`.
    pub fn count(&self, counts: &mut Counts) {
        let mut by_channel: Vec<(&Channel, u64)> = self
            .by_channel
            .iter()
            .map(|(channel, members)| (channel, u64::try_from(members.len()).unwrap_or(u64::MAX)))
            .collect();
        by_channel.sort_by(|(a, an), (b, bn)| bn.cmp(an).then_with(|| a.cmp(b)));
        counts.connections = u64::try_from(self.members.len()).unwrap_or(u64::MAX);
        counts.subscriptions = self.subscriptions;
        counts.by_channel = by_channel
            .into_iter()
            .take(MAX_LISTED_CHANNELS)
            .map(|(channel, count)| (channel.clone(), count))
            .collect();
    }

    fn take_out(&mut self, id: &ConnectionId) {
        let Some(member) = self.members.remove(id) else {
            return;
        };
        self.subscriptions -= u64::from(!member.channels.is_empty());
        for channel in member.channels.keys() {
            if let Some(members) = self.by_channel.get_mut(channel) {
                members.remove(id);
                if members.is_empty() {
                    self.by_channel.remove(channel);
                }
            }
        }
    }
}

/// Newer generations first, then newer revisions.
fn age(document: &ConnectionDocument) -> (UnixMillis, u64) {
    (document.connected_at, document.revision)
}

fn permitted(document: &ConnectionDocument) -> HashMap<Channel, Subscribed> {
    let Some(principal) = &document.principal else {
        return HashMap::new();
    };
    let channels = document
        .subscription
        .as_ref()
        .map(Subscription::channels)
        .into_iter()
        .flatten();
    channels
        .filter(|(channel, _)| principal.permissions.may_subscribe(channel))
        .map(|(channel, entry)| {
            let matcher = Matcher::new(&entry.filters);
            (
                channel.clone(),
                Subscribed {
                    spelling: Arc::clone(&entry.spelling),
                    matcher,
                },
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;
