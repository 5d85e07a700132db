//! Announcing: publishes on `events:<channel>`, for listeners besides the service.

use std::time::Duration;

use fred::interfaces::PubsubInterface;
use fred::types::Value;
use llama_ws_core::ports::Unavailable;
use llama_ws_core::{Channel, EVENTS_PREFIX};
use tokio::time::timeout;

use crate::connection::{Connection, Purpose};
use crate::fault::{of_client, unavailable};
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
            connection: Connection::open(config.client()?, Purpose::Announcing, deadline)?,
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
        match timeout(self.deadline, sent).await {
            Ok(answers) => answers.map(drop).map_err(of_client),
            Err(_) => Err(unavailable(format!("no answer in {:?}", self.deadline))),
        }
    }
}
