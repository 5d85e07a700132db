//! Upkeep: epochs, rebuilding, and what the reaper looks at.

use fred::interfaces::{HashesInterface, SetsInterface};
use futures_util::future::try_join_all;
use llama_ws_core::ports::{Membership, Unavailable, Upkeep};
use llama_ws_core::{ConnectionDocument, ConnectionId, Offset, UnixMillis};

use crate::keys::CONNECTIONS;
use crate::scripts::BEGIN_EPOCH;
use crate::{RedisCell, membership, reply};

/// Documents on their way at a time: one pipeline.
const RESTORED_AT_A_TIME: usize = 64;

impl Upkeep for RedisCell {
    async fn begin_epoch(&self, floor: Offset) -> Result<Offset, Unavailable> {
        let keys = vec![self.keys.epoch(), self.keys.events(), self.keys.counts()];
        let marker = self.run(&BEGIN_EPOCH, keys, vec![floor.ms().to_string()]);
        reply::offset(marker.await?)
    }

    /// A connection that is back takes its user's place even where that makes one too many: it was
    /// admitted before.
    async fn restore(&self, documents: &[ConnectionDocument]) -> Result<(), Unavailable> {
        for chunk in documents.chunks(RESTORED_AT_A_TIME) {
            let puts = chunk
                .iter()
                .map(|document| self.publish(document, Some(u32::MAX)));
            try_join_all(puts).await?;
        }
        Ok(())
    }

    async fn sample_live(&self, count: usize) -> Result<Vec<ConnectionId>, Unavailable> {
        let ids: Vec<String> = self
            .within(self.commands().srandmember(CONNECTIONS, Some(count)))
            .await?;
        Ok(ids.into_iter().map(ConnectionId::new).collect())
    }

    /// A removal names the generation that was read, so that a newer one stays.
    async fn discard(&self, id: &ConnectionId, before: UnixMillis) -> Result<bool, Unavailable> {
        match self.stored(id).await? {
            Some(document) if document.connected_at >= before => Ok(false),
            Some(document) => self.remove(&document).await.map(|()| true),
            None => self.unlist_stray(id).await,
        }
    }
}

impl RedisCell {
    async fn stored(&self, id: &ConnectionId) -> Result<Option<ConnectionDocument>, Unavailable> {
        let stored = self
            .commands()
            .hget(self.keys.documents_of(id), id.as_str());
        let stored: Option<String> = self.within(stored).await?;
        Ok(stored.as_deref().and_then(membership::document))
    }

    /// Takes an id out that has no document. A publication may have listed it just before its
    /// document: then it is put back, here or by the next restoration.
    async fn unlist_stray(&self, id: &ConnectionId) -> Result<bool, Unavailable> {
        let was_listed = self.is_live(id).await?;
        self.within(self.unlist(id.as_str())).await?;
        if self.stored(id).await?.is_some() {
            self.within(self.list(id.as_str())).await?;
            return Ok(false);
        }
        Ok(was_listed)
    }
}
