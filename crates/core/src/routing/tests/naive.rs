//! What the index must answer, said without an index: every document is looked at, texts are
//! compared, nothing is kept between events.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::channel::Channel;
use crate::connection::ConnectionDocument;
use crate::event::Target;
use crate::filter::Filters;
use crate::identifier::{canonical_chain, canonical_id};
use crate::routing::{Applied, RoutedEvent};
use crate::subscription::ChannelSubscription;
use crate::time::UnixMillis;

#[derive(Debug, Default)]
pub(super) struct Naive {
    documents: BTreeMap<String, Arc<ConnectionDocument>>,
}

/// Who gets it under which names, and of how many subscriptions a filter kept it back.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) matched: BTreeMap<String, Vec<String>>,
    pub(super) filtered: u64,
}

impl Naive {
    pub(super) fn apply(&mut self, document: Arc<ConnectionDocument>) -> Applied {
        let age = |held: &ConnectionDocument| (held.connected_at, held.revision);
        let id = document.connection_id.to_string();
        if let Some(held) = self.documents.get(&id)
            && age(held) >= age(&document)
        {
            return Applied::Stale;
        }
        self.documents.insert(id, document);
        Applied::Taken
    }

    pub(super) fn remove(&mut self, id: &str, connected_at: UnixMillis) -> Applied {
        match self.documents.get(id) {
            Some(held) if held.connected_at <= connected_at => {
                self.documents.remove(id);
                Applied::Taken
            }
            _ => Applied::Stale,
        }
    }

    pub(super) fn documents(&self) -> impl Iterator<Item = &Arc<ConnectionDocument>> {
        self.documents.values()
    }

    /// The channels that a document holds and may hold.
    pub(super) fn channels(document: &ConnectionDocument) -> Vec<(&Channel, &ChannelSubscription)> {
        let Some(principal) = &document.principal else {
            return Vec::new();
        };
        let subscription = document.subscription.iter();
        subscription
            .flat_map(|subscription| subscription.channels())
            .filter(|(channel, _)| principal.permissions.may_subscribe(channel))
            .collect()
    }

    pub(super) fn recipients(&self, routed: &RoutedEvent, now: UnixMillis) -> Answer {
        let mut answer = Answer::default();
        for (id, document) in &self.documents {
            let (names, filtered) = Self::ask(document, routed, now);
            answer.filtered += filtered;
            if !names.is_empty() {
                answer.matched.insert(id.clone(), names);
            }
        }
        answer
    }

    fn ask(
        document: &ConnectionDocument,
        routed: &RoutedEvent,
        now: UnixMillis,
    ) -> (Vec<String>, u64) {
        let principal = document.principal.as_ref();
        let is_theirs = match &routed.event.user_id {
            Some(user) => principal.is_some_and(|principal| principal.user_id == *user),
            None => true,
        };
        if !is_theirs {
            return (Vec::new(), 0);
        }
        let has_ended = principal.is_none_or(|principal| {
            let end = principal.expires_at;
            end.is_some_and(|end| end <= now)
        });
        if routed.event.target == Target::All {
            let names = if has_ended {
                vec![]
            } else {
                vec!["all".into()]
            };
            return (names, 0);
        }
        let channels = Self::channels(document);
        let (mut names, mut filtered) = (Vec::new(), 0);
        for wanted in &routed.channels {
            let Some((_, entry)) = channels.iter().find(|(held, _)| *held == wanted) else {
                continue;
            };
            if passes(&entry.filters, routed) {
                names.push(entry.spelling.to_string());
            } else {
                filtered += 1;
            }
        }
        if has_ended {
            names.clear();
        }
        (names, filtered)
    }
}

fn passes(filters: &Filters, routed: &RoutedEvent) -> bool {
    if !matches!(routed.event.target, Target::Derived(_)) {
        return true;
    }
    let facets = &routed.facets;
    let listed = |list: &Option<Vec<String>>, facet: Option<&str>, form: fn(&str) -> String| {
        let (Some(list), Some(facet)) = (list, facet) else {
            return true;
        };
        list.is_empty() || list.iter().any(|value| form(value) == facet)
    };
    let id = |value: &str| canonical_id(value).into_owned();
    let chain = |value: &str| canonical_chain(value).into_owned();
    let bound = |bound: &Option<serde_json::Number>| bound.as_ref().and_then(|n| n.as_f64());
    listed(&filters.protocol_ids, facets.protocol.as_deref(), id)
        && listed(&filters.token_ids, facets.token.as_deref(), id)
        && listed(&filters.chains, facets.chain.as_deref(), chain)
        && listed(
            &filters.event_types,
            Some(&facets.event_type),
            str::to_owned,
        )
        && facets.value.is_none_or(|value| {
            bound(&filters.min_value).is_none_or(|min| value >= min)
                && bound(&filters.max_value).is_none_or(|max| value <= max)
        })
}
