//! Announcing: publishes on `events:<channel>`, for listeners besides the service.

use std::time::Duration;

use fred::interfaces::PubsubInterface;
use fred::types::Value;
use llama_ws_core::ports::Unavailable;
use llama_ws_core::{Channel, EVENTS_PREFIX};

use crate::connection::{Connection, Purpose};
use crate::{InvalidConfig, RedisConfig};

/// A connection of its own, so that no append waits behind an announcement.
#[derive(Debug)]
pub struct RedisAnnouncer {
    connection: Connection,
    deadline: Duration,
}

impl RedisAnnouncer {
    /// Starts to connect. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`InvalidConfig`]; a server that cannot be reached is none.
    pub fn connect(config: &RedisConfig) -> Result<Self, InvalidConfig> {
        let deadline = config.command_deadline;
        Ok(Self {
            connection: Connection::open(&config.client()?, Purpose::Announcing, deadline)?,
            deadline,
        })
    }

    /// Publishes all messages in order, without waiting for one answer before the next is sent.
    ///
    /// # Errors
    /// [`Unavailable`]; some may have been published.
    pub async fn announce(&self, messages: &[(Channel, &str)]) -> Result<(), Unavailable> {
        let pipeline = self.connection.client.pipeline();
        let sent = async {
            for (channel, json) in messages {
                let name = format!("{EVENTS_PREFIX}{channel}");
                pipeline.publish::<(), _, _>(name, *json).await?;
            }
            pipeline.all::<Value>().await
        };
        let answers = self.connection.within(self.deadline, sent).await;
        answers.map(drop)
    }
}
