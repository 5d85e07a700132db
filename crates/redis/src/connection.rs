//! Connections to the server: they come back by themselves, and a call never waits for long.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fred::clients::Client;
use fred::error::{Error, ErrorKind};
use fred::interfaces::{ClientLike, EventInterface};
use fred::types::config::{CredentialProvider, ReconnectPolicy, Server, UnresponsiveConfig};
use fred::types::{Builder, ConnectHandle, RespVersion};
use llama_ws_core::ports::Unavailable;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::timeout;

use crate::InvalidConfig;
use crate::config::ClientConfig;
use crate::fault::{of_client, unavailable};
use crate::tls;

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
    with_tls: bool,
    faults: Mutex<Faults>,
}

/// Why it could not connect, the last time it could not.
#[derive(Debug)]
struct Faults {
    told: Receiver<(Error, Option<Server>)>,
    last: Option<Error>,
}

impl Connection {
    /// Starts to connect. Must be called within a Tokio runtime.
    pub(crate) fn open(
        client: &ClientConfig,
        purpose: Purpose,
        deadline: Duration,
    ) -> Result<Self, InvalidConfig> {
        let credentials = client.credentials();
        let mut config = client.fred.clone();
        config.credential_provider = credentials
            .clone()
            .map(|credentials| credentials as Arc<dyn CredentialProvider>);
        if purpose == Purpose::Announcements {
            config.version = RespVersion::RESP3;
        }
        let with_tls = tls::is_used(&config);
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
            connection.reconnect_on_auth_error = true;
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
        let faults = Mutex::new(Faults {
            told: client.error_rx(),
            last: None,
        });
        if let Some(credentials) = credentials {
            credentials.watch(client.error_rx());
        }
        let task = client.connect();
        Ok(Self {
            client,
            task,
            with_tls,
            faults,
        })
    }

    /// What fred answers within the deadline, or why there was nothing.
    pub(crate) async fn within<T>(
        &self,
        deadline: Duration,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Unavailable> {
        // fred's futures are large, and those of the callers hold several.
        match timeout(deadline, Box::pin(call)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if *error.kind() != ErrorKind::Timeout => Err(of_client(&error)),
            _ => Err(self.no_answer(deadline)),
        }
    }

    /// Whether TLS was spoken is part of it: a server that speaks the other thing may say nothing.
    fn no_answer(&self, within: Duration) -> Unavailable {
        let late = format!("no answer in {within:?}");
        if self.client.is_connected() {
            return unavailable(late);
        }
        let how = if self.with_tls { "with" } else { "without" };
        let fault = self.last_fault();
        let why = fault.map_or_else(String::new, |fault| {
            format!(": {}", of_client(&fault).reason)
        });
        unavailable(format!("{late}, nor a connection {how} TLS{why}"))
    }

    fn last_fault(&self) -> Option<Error> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match faults.told.try_recv() {
                Ok((fault, _)) => faults.last = Some(fault),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        faults.last.clone()
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
