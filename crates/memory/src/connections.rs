//! The table of connections in memory.

use std::collections::BTreeMap;
use std::ops::Bound;

use llama_ws_core::ports::{Clock, ConnectionStore, Health, Page, Unavailable, Updated};
use llama_ws_core::{ConnectionDocument, ConnectionId, UnixMillis, UserId};

use crate::shared::Shared;

/// A clonable handle to one table. An expired document is as good as absent to every call, and
/// dropped by the first that meets it.
#[derive(Debug, Clone)]
pub struct MemoryConnections<C> {
    clock: C,
    shared: Shared<BTreeMap<ConnectionId, ConnectionDocument>>,
}

impl<C: Clock> MemoryConnections<C> {
    /// An empty table.
    #[must_use]
    pub fn new(clock: C) -> Self {
        Self {
            clock,
            shared: Shared::new(Self::NAME, BTreeMap::new()),
        }
    }

    /// Every call answers [`Unavailable`] while this is on.
    pub fn fail(&self, on: bool) {
        self.shared.fail(on);
    }

    /// One step over the table, in which `id` is absent if it has expired.
    fn step<T>(
        &self,
        id: &ConnectionId,
        step: impl FnOnce(&mut BTreeMap<ConnectionId, ConnectionDocument>) -> T,
    ) -> Result<T, Unavailable> {
        let mut table = self.shared.open()?;
        let now = self.clock.now();
        if table.get(id).is_some_and(|stored| has_expired(stored, now)) {
            table.remove(id);
        }
        Ok(step(&mut table))
    }

    fn page(
        &self,
        after: Option<&ConnectionId>,
        limit: usize,
        wanted: impl Fn(&ConnectionDocument) -> bool,
    ) -> Result<Page, Unavailable> {
        let table = self.shared.open()?;
        let now = self.clock.now();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut matching = table
            .range::<ConnectionId, _>((from, Bound::Unbounded))
            .map(|(_, document)| document)
            .filter(|document| !has_expired(document, now) && wanted(document));
        let documents: Vec<_> = matching.by_ref().take(limit.max(1)).cloned().collect();
        let next = matching
            .next()
            .and(documents.last())
            .map(|last| last.connection_id.clone());
        Ok(Page { documents, next })
    }
}

fn has_expired(document: &ConnectionDocument, now: UnixMillis) -> bool {
    document.expires_at() <= now
}

impl<C: Clock> ConnectionStore for MemoryConnections<C> {
    async fn create(&self, document: &ConnectionDocument) -> Result<bool, Unavailable> {
        let id = &document.connection_id;
        self.step(id, |table| {
            let free = !table.contains_key(id);
            if free {
                table.insert(id.clone(), document.clone());
            }
            free
        })
    }

    async fn get(&self, id: &ConnectionId) -> Result<Option<ConnectionDocument>, Unavailable> {
        self.step(id, |table| table.get(id).cloned())
    }

    /// A newer connection under the same id means that this one is gone.
    async fn update(&self, document: &ConnectionDocument) -> Result<Updated, Unavailable> {
        let id = &document.connection_id;
        self.step(id, |table| match table.get_mut(id) {
            Some(stored) if stored.connected_at != document.connected_at => Updated::Missing,
            Some(stored) if stored.revision.checked_add(1) == Some(document.revision) => {
                stored.clone_from(document);
                Updated::Stored
            }
            Some(_) => Updated::Conflict,
            None => Updated::Missing,
        })
    }

    async fn remove(
        &self,
        id: &ConnectionId,
        connected_at: UnixMillis,
    ) -> Result<Option<ConnectionDocument>, Unavailable> {
        self.step(id, |table| {
            let is_it = |stored: &ConnectionDocument| stored.connected_at == connected_at;
            table
                .get(id)
                .is_some_and(is_it)
                .then(|| table.remove(id))
                .flatten()
        })
    }

    async fn of_user(
        &self,
        user: &UserId,
        after: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<Page, Unavailable> {
        self.page(after, limit, |document| {
            document
                .principal
                .as_ref()
                .is_some_and(|principal| principal.user_id == *user)
        })
    }

    async fn scan(&self, after: Option<&ConnectionId>, limit: usize) -> Result<Page, Unavailable> {
        self.page(after, limit, |_| true)
    }
}

impl<C: Clock> Health for MemoryConnections<C> {
    const NAME: &'static str = "dynamodb";

    async fn check(&self) -> Result<(), Unavailable> {
        self.shared.open().map(drop)
    }
}
