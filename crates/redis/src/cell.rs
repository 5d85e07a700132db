//! One cell: its connections, and one way to run a script within the deadline.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use fred::clients::Client;
use fred::error::Error;
use fred::types::Value;
use llama_ws_core::ports::Unavailable;
use tokio::sync::Mutex;

use crate::config::ClientConfig;
use crate::connection::{Connection, Purpose};
use crate::keys::Keys;
use crate::scripts::Script;
use crate::{CellBounds, InvalidConfig, RedisConfig};

/// Everything of a cell in Redis. Holds one connection; a second is opened by the first read that
/// waits, and each listener has one of its own. One reader waits at a time: others queue.
#[derive(Debug)]
pub struct RedisCell {
    commands: Connection,
    pub(crate) reader: Mutex<Option<Connection>>,
    pub(crate) client: ClientConfig,
    pub(crate) keys: Keys,
    pub(crate) bounds: CellBounds,
    pub(crate) deadline: Duration,
    /// Whether it was said that the replication id is unknown.
    pub(crate) warned: AtomicBool,
}

impl RedisCell {
    /// Starts to connect; calls answer [`Unavailable`] until that has succeeded. Must be called
    /// within a Tokio runtime.
    ///
    /// # Errors
    /// [`InvalidConfig`]; a server that cannot be reached is none.
    pub fn connect(config: &RedisConfig) -> Result<Self, InvalidConfig> {
        let client = config.client()?;
        let deadline = config.command_deadline;
        Ok(Self {
            commands: Connection::open(&client, Purpose::Commands, deadline)?,
            reader: Mutex::new(None),
            client,
            keys: Keys::new(&config.tag, config.shards),
            bounds: config.bounds.clone(),
            deadline,
            warned: AtomicBool::new(false),
        })
    }

    /// The connection for commands.
    pub(crate) fn commands(&self) -> &Client {
        &self.commands.client
    }

    /// One script, within the deadline.
    pub(crate) async fn run(
        &self,
        script: &Script,
        keys: Vec<String>,
        arguments: Vec<String>,
    ) -> Result<Value, Unavailable> {
        self.within(script.run(self.commands(), keys, arguments))
            .await
    }

    /// What fred answers, within the deadline.
    pub(crate) async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Unavailable> {
        self.commands.within(self.deadline, call).await
    }
}

/// A number of milliseconds as an argument.
pub(crate) fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}
