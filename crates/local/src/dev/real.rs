//! The local service on real stores: Redis and DynamoDB, with the functions in this process or as
//! the deployed binaries.

mod functions;
mod ports;
mod processes;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use llama_ws_aws::{DynamoConnections, DynamoKeys, create_tables, local_sdk_config};
use llama_ws_core::Service;
use llama_ws_core::ports::KeyHash;
use llama_ws_functions::{CachedKeys, SystemClock};
use llama_ws_redis::{RedisCell, RedisConfig, RedisServer, RedisUrl};

use super::functions::InProcess;
use super::host::Host;
use super::local::{DEMO_KEY, LocalOptions, demo_key, say_goodbye};
use super::push::RegistryPush;
use super::schedule::{LocalStarter, starter};
use crate::cli::{Exit, FunctionsMode, StoreArgs};
use crate::gateway::{Bound, Registry};
pub use functions::RealFunctions;
use ports::RealPorts;

/// Where the stores are, and how the functions run.
#[derive(Clone)]
pub struct RealOptions {
    /// `redis://…`; it may hold a password.
    pub redis: String,
    /// The cell's hash tag.
    pub cell: String,
    /// DynamoDB's endpoint, as a URL.
    pub dynamodb: String,
    /// The table of connections; created if it is not there.
    pub connections_table: String,
    /// The table of API keys; created if it is not there.
    pub api_keys_table: String,
    /// The folder of the deployed binaries, to run the functions as processes; none runs them here.
    pub binaries: Option<PathBuf>,
    /// How long an invocation of `event-fanout` may run; none: as deployed. Only for processes.
    pub worker_timeout: Option<Duration>,
    /// Whether what the processes write is written to this process's stderr.
    pub log: bool,
}

impl RealOptions {
    /// As the command line says; the binaries are looked for beside this program.
    pub(super) fn from_args(args: &StoreArgs) -> Result<Self, Exit> {
        let binaries = match args.functions {
            FunctionsMode::InProcess => None,
            FunctionsMode::Processes => {
                let program = std::env::current_exe().map_err(|error| Exit::failed(&error))?;
                program.parent().map(PathBuf::from)
            }
        };
        Ok(Self {
            redis: args.redis.clone().unwrap_or_default(),
            cell: "ws".to_owned(),
            dynamodb: args.dynamodb.clone().unwrap_or_default(),
            connections_table: "llama-ws-connections".to_owned(),
            api_keys_table: "llama-ws-api-keys".to_owned(),
            binaries,
            worker_timeout: None,
            log: true,
        })
    }
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Redis' address is no address.
    #[error(transparent)]
    Redis(#[from] llama_ws_redis::InvalidConfig),
    /// DynamoDB cannot be reached, or refuses the tables.
    #[error("the tables cannot be created: {0}")]
    Tables(String),
    /// The Runtime API cannot be served.
    #[error("the functions cannot be started: {0}")]
    Functions(#[from] std::io::Error),
}

/// A running local service on real stores.
pub struct RealLocal {
    host: Host,
    registry: Registry<SystemClock>,
    connections: DynamoConnections<SystemClock>,
    keys: DynamoKeys,
    functions: RealFunctions,
    /// Kept, or the schedule would hear that nobody can ask any more.
    _starter: LocalStarter,
}

impl RealLocal {
    /// Creates the tables and the demo key, and starts serving on a port that is listened on.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(
        bound: Bound,
        options: LocalOptions,
        real: RealOptions,
    ) -> Result<Self, StartError> {
        let registry = Registry::new(SystemClock, options.limits.clone());
        let sdk = local_sdk_config(&real.dynamodb).await;
        create_tables(&sdk, &real.connections_table, &real.api_keys_table)
            .await
            .map_err(|error| StartError::Tables(error.to_string()))?;
        let keys = DynamoKeys::new(&sdk, real.api_keys_table.clone());
        keys.put(&KeyHash::of(DEMO_KEY), &demo_key())
            .await
            .map_err(|error| StartError::Tables(error.to_string()))?;
        let connections = DynamoConnections::new(&sdk, real.connections_table.clone(), SystemClock);

        let (starter, asked) = starter();
        let functions = match &real.binaries {
            Some(folder) => RealFunctions::Processes(
                processes::start(folder, bound.local_addr(), &options, &real).await?,
            ),
            None => {
                let redis = RedisConfig {
                    tag: real.cell.clone(),
                    ..RedisConfig::new(RedisServer::Url(RedisUrl::new(&real.redis)))
                };
                let ports = RealPorts {
                    connections: connections.clone(),
                    keys: CachedKeys::new(keys.clone(), SystemClock),
                    tokens: options.tokens,
                    cell: RedisCell::connect(&redis)?,
                    push: RegistryPush(registry.clone()),
                    starter: starter.clone(),
                };
                let service = Service::new(ports, options.policy, Arc::new(rand::random::<u64>));
                RealFunctions::InProcess(InProcess::new(Arc::new(service)))
            }
        };
        let host = Host::start(
            bound,
            (registry.clone(), options.gateway),
            (SystemClock, asked),
            functions.clone(),
        );
        Ok(Self {
            host,
            registry,
            connections,
            keys,
            functions,
            _starter: starter,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.host.addr()
    }

    /// The functions, to invoke without a gateway.
    #[must_use]
    pub fn functions(&self) -> &RealFunctions {
        &self.functions
    }

    /// The table of API keys.
    #[must_use]
    pub fn keys(&self) -> &DynamoKeys {
        &self.keys
    }

    /// Ends the workers, says goodbye to every client, then closes.
    pub async fn stop(self) {
        let goodbye = say_goodbye(&self.connections, &self.registry, &SystemClock);
        self.host.stop(goodbye).await;
        self.functions.stop().await;
    }
}
