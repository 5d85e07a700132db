//! Announcing: what the log took, on `events:<channel>`, for listeners besides the service.

use std::time::Duration;

use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::{ClientLike, PubsubInterface};
use fred::types::config::{Config, ReconnectPolicy};
use fred::types::{Builder, ConnectHandle, Value};
use llama_ws_core::ports::Unavailable;
use llama_ws_core::{Channel, EVENTS_PREFIX};
use llama_ws_redis::InvalidConfig;
use tokio::time::timeout;

use crate::config::PublisherConfig;

/// Pauses between attempts to connect, in milliseconds: doubled from the first to the last.
const RECONNECT_FIRST_MS: u32 = 20;
const RECONNECT_LAST_MS: u32 = 1_000;

/// A connection of its own, so that no append waits behind an announcement.
#[derive(Debug)]
pub(crate) struct Announcer {
    client: Client,
    task: ConnectHandle,
    deadline: Duration,
}

impl Announcer {
    /// Starts to connect.
    pub(crate) fn connect(config: &PublisherConfig) -> Result<Self, InvalidConfig> {
        let deadline = config.deadline;
        let mut server = Config::from_url(config.url())
            .map_err(|error| InvalidConfig::Url(error.details().to_owned()))?;
        server.fail_fast = false;
        let mut builder = Builder::from_config(server);
        builder.set_policy(ReconnectPolicy::new_exponential(
            0,
            RECONNECT_FIRST_MS,
            RECONNECT_LAST_MS,
            2,
        ));
        builder.with_connection_config(|connection| {
            connection.connection_timeout = deadline;
            connection.internal_command_timeout = deadline;
            // Once more could announce twice.
            connection.max_command_attempts = 1;
            connection.tcp.nodelay = Some(true);
        });
        builder.with_performance_config(|performance| {
            performance.default_command_timeout = deadline;
        });
        let client = builder
            .build()
            .map_err(|error| InvalidConfig::Client(error.details().to_owned()))?;
        let task = client.connect();
        Ok(Self {
            client,
            task,
            deadline,
        })
    }

    /// Publishes all messages in order, without waiting for one answer before the next is sent.
    pub(crate) async fn announce(&self, messages: &[(Channel, &str)]) -> Result<(), Unavailable> {
        let pipeline = self.client.pipeline();
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

impl Drop for Announcer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What fred says, without its arguments: they hold what was published.
fn of_client(error: Error) -> Unavailable {
    unavailable(format!("{:?}: {}", error.kind(), error.details()))
}

fn unavailable(reason: String) -> Unavailable {
    Unavailable {
        store: "redis pub/sub",
        reason,
    }
}
