//! Connections to the server: they come back by themselves, and a call never waits for long.

use std::time::Duration;

use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::ClientLike;
use fred::types::config::{Config, ReconnectPolicy, UnresponsiveConfig};
use fred::types::{Builder, ConnectHandle, RespVersion};

use crate::InvalidConfig;

/// Pauses between attempts to connect, in milliseconds: doubled from the first to the last.
const RECONNECT_FIRST_MS: u32 = 20;
const RECONNECT_LAST_MS: u32 = 1_000;

/// How often a command is sent again whose connection broke: an environment that was frozen finds
/// its connection dead, and what may be repeated is the ports' concern.
const ATTEMPTS: u32 = 2;

/// Most commands that wait for a connection; more are refused at once.
const MAX_WAITING_COMMANDS: usize = 10_000;

/// Most messages of pub/sub that wait for the listener: seconds at the busiest. fred makes room for
/// all of them at once, about 5 MB.
const MAX_WAITING_MESSAGES: usize = 8_192;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Commands that answer at once.
    Commands,
    /// Reads that wait; the reader sets their time.
    BlockingReads,
    /// Pub/sub, in the protocol in which a subscriber may ask whether the server is there.
    Announcements,
    /// Messages to pub/sub.
    Announcing,
}

/// A client that connects as long as this is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    task: ConnectHandle,
}

impl Connection {
    /// Starts to connect. Must be called within a Tokio runtime.
    pub(crate) fn open(
        mut config: Config,
        purpose: Purpose,
        deadline: Duration,
    ) -> Result<Self, InvalidConfig> {
        if purpose == Purpose::Announcements {
            config.version = RespVersion::RESP3;
        }
        let mut builder = Builder::from_config(config);
        builder.set_policy(ReconnectPolicy::new_exponential(
            0,
            RECONNECT_FIRST_MS,
            RECONNECT_LAST_MS,
            2,
        ));
        builder.with_connection_config(|connection| {
            connection.connection_timeout = deadline;
            connection.internal_command_timeout = deadline;
            connection.max_command_attempts = match purpose {
                // Once more could announce twice.
                Purpose::Announcing => 1,
                _ => ATTEMPTS,
            };
            connection.max_command_buffer_len = MAX_WAITING_COMMANDS;
            connection.tcp.nodelay = Some(true);
            if purpose == Purpose::Commands {
                connection.unresponsive = UnresponsiveConfig {
                    max_timeout: Some(deadline * 2),
                    interval: deadline / 2,
                };
            }
        });
        builder.with_performance_config(|performance| {
            if purpose == Purpose::Announcements {
                performance.broadcast_channel_capacity = MAX_WAITING_MESSAGES;
            }
            if purpose != Purpose::BlockingReads {
                performance.default_command_timeout = deadline;
            }
        });
        let client = builder.build().map_err(client_fault)?;
        let task = client.connect();
        Ok(Self { client, task })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn client_fault(error: Error) -> InvalidConfig {
    InvalidConfig::Client(error.details().to_owned())
}
