//! Catching up: orders in the change log, and the event log read backwards.

use fred::interfaces::{HashesInterface, KeysInterface, StreamsInterface};
use fred::types::Value;
use llama_ws_core::ports::{CatchUps, History, Publication, Unavailable};
use llama_ws_core::{CatchUp, ConnectionDocument, ConnectionId, Offset};

use crate::membership::Order;
use crate::work_log::{entries, log_entry};
use crate::{RedisCell, reply};

impl CatchUps for RedisCell {
    async fn publish_catch_up(
        &self,
        document: &ConnectionDocument,
        catch_up: &CatchUp,
    ) -> Result<Publication, Unavailable> {
        let order = Order {
            allowance: None,
            catch_up: Some(catch_up),
        };
        self.publish_order(document, order).await
    }

    async fn end_replays(&self, ids: &[ConnectionId]) -> Result<(), Unavailable> {
        if ids.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = ids.iter().map(|id| self.keys.replay(id)).collect();
        let _: Value = self.within(self.commands().unlink(keys)).await?;
        Ok(())
    }

    /// A page, and then how far the log was trimmed, in one pipeline: the second may tell of a trim
    /// that the page was spared, and never misses one.
    async fn history(&self, up_to: Offset, count: usize) -> Result<History, Unavailable> {
        let most = u64::try_from(count).unwrap_or(u64::MAX);
        let both = async {
            let pipeline = self.commands().pipeline();
            let (log, counts) = (self.keys.events(), self.keys.counts());
            let _: () = pipeline
                .xrevrange(log, up_to.to_string(), "-", Some(most))
                .await?;
            let _: () = pipeline.hget(counts, "log:trimmed").await?;
            pipeline.all().await
        };
        let (page, trimmed): (Value, Value) = self.within(both).await?;
        let mut found: Vec<_> = entries(page)?.into_iter().map(log_entry).collect();
        found.reverse();
        Ok(History {
            entries: found,
            trimmed_up_to: reply::offset(trimmed)?,
        })
    }
}
