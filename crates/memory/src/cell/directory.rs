//! Every connection's newest document, and tombstones of those that left.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use llama_ws_core::{ConnectionDocument, ConnectionId, UnixMillis};

/// How long a removed connection cannot be published again: longer than any request may take.
const TOMBSTONE_LIFE: Duration = Duration::from_secs(60);

/// The documents by connection. A newer one replaces an older one, never the reverse: first by
/// generation, then by revision.
#[derive(Debug, Default, Clone)]
pub(super) struct Directory {
    documents: HashMap<ConnectionId, Arc<ConnectionDocument>>,
    tombstones: HashMap<ConnectionId, Tombstone>,
    /// How many were sampled before, this time round.
    sampled: usize,
}

#[derive(Debug, Clone)]
struct Tombstone {
    connected_at: UnixMillis,
    until: UnixMillis,
}

/// How a document stands to what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its generation was removed or replaced.
    Gone,
    /// Its generation is here, in this revision or a newer one.
    Known,
    /// It is news.
    Newer,
}

impl Directory {
    pub(super) fn standing(&self, document: &ConnectionDocument, now: UnixMillis) -> Standing {
        let generation = document.connected_at;
        if self.is_removed(&document.connection_id, generation, now) {
            return Standing::Gone;
        }
        match self.documents.get(&document.connection_id) {
            Some(stored) if stored.connected_at > generation => Standing::Gone,
            Some(stored)
                if stored.connected_at == generation && stored.revision >= document.revision =>
            {
                Standing::Known
            }
            _ => Standing::Newer,
        }
    }

    /// Stores a document that is [`Standing::Newer`].
    pub(super) fn put(&mut self, document: Arc<ConnectionDocument>) {
        self.documents
            .insert(document.connection_id.clone(), document);
    }

    /// Removes what is stored of this generation or an older one, and lays a tombstone.
    pub(super) fn remove(
        &mut self,
        gone: &ConnectionDocument,
        now: UnixMillis,
    ) -> Option<Arc<ConnectionDocument>> {
        let tombstone = Tombstone {
            connected_at: gone.connected_at,
            until: now.plus(TOMBSTONE_LIFE),
        };
        self.tombstones
            .insert(gone.connection_id.clone(), tombstone);
        self.documents.remove(&gone.connection_id)
    }

    /// The document, unless it has expired.
    pub(super) fn get(
        &self,
        id: &ConnectionId,
        now: UnixMillis,
    ) -> Option<&Arc<ConnectionDocument>> {
        self.documents
            .get(id)
            .filter(|document| now < document.expires_at())
    }

    /// Every document that has not expired, in no order.
    pub(super) fn documents(
        &self,
        now: UnixMillis,
    ) -> impl Iterator<Item = &Arc<ConnectionDocument>> {
        self.documents
            .values()
            .filter(move |document| now < document.expires_at())
    }

    /// Up to `count` ids of documents that have not expired; further calls go on with others.
    pub(super) fn sample(&mut self, count: usize, now: UnixMillis) -> Vec<ConnectionId> {
        let ids: Vec<_> = self
            .documents(now)
            .map(|live| &live.connection_id)
            .collect();
        let turn = self.sampled.checked_rem(ids.len()).unwrap_or_default();
        let count = count.min(ids.len());
        let sample = ids.iter().cycle().skip(turn).take(count);
        let sample = sample.map(|id| ConnectionId::clone(id)).collect();
        self.sampled = turn.saturating_add(count);
        sample
    }

    /// Drops what has expired.
    pub(super) fn sweep(&mut self, now: UnixMillis) {
        self.documents
            .retain(|_, document| now < document.expires_at());
        self.tombstones.retain(|_, tombstone| now < tombstone.until);
    }

    fn is_removed(&self, id: &ConnectionId, connected_at: UnixMillis, now: UnixMillis) -> bool {
        self.tombstones.get(id).is_some_and(|tombstone| {
            now < tombstone.until && connected_at <= tombstone.connected_at
        })
    }
}
