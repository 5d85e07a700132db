//! Statistics and health: one round trip each.

use std::collections::HashMap;

use fred::interfaces::{ClientLike, HashesInterface};
use llama_ws_core::Counts;
use llama_ws_core::ports::{Health, Statistics, Unavailable};

use crate::RedisCell;

impl Statistics for RedisCell {
    async fn counts(&self) -> Result<Counts, Unavailable> {
        let fields: HashMap<String, String> = self
            .within(self.commands().hgetall(self.keys.counts()))
            .await?;
        let mut sum = Counts::default();
        for (field, json) in &fields {
            if !field.starts_with("slot:") {
                continue;
            }
            match serde_json::from_str(json) {
                Ok(counts) => sum.add(&counts),
                Err(error) => tracing::warn!(%error, field, "counts cannot be read"),
            }
        }
        Ok(sum)
    }
}

impl Health for RedisCell {
    const NAME: &'static str = "redis";

    async fn check(&self) -> Result<(), Unavailable> {
        self.within(self.commands().ping(None)).await
    }
}
