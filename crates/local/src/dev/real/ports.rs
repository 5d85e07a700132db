//! Real stores, and clients behind the gateway of this process.

use llama_ws_aws::{DynamoConnections, DynamoKeys};
use llama_ws_core::ports::Ports;
use llama_ws_functions::{CachedKeys, SystemClock};
use llama_ws_redis::RedisCell;

use crate::dev::push::RegistryPush;
use crate::dev::schedule::LocalStarter;
use crate::dev::tokens::LocalTokens;

/// The adapters of functions that run in this process.
pub struct RealPorts {
    pub(super) connections: DynamoConnections<SystemClock>,
    pub(super) keys: CachedKeys<DynamoKeys, SystemClock>,
    pub(super) tokens: LocalTokens,
    pub(super) cell: RedisCell,
    pub(super) push: RegistryPush<SystemClock>,
    pub(super) starter: LocalStarter,
}

impl Ports for RealPorts {
    type Connections = DynamoConnections<SystemClock>;
    type Keys = CachedKeys<DynamoKeys, SystemClock>;
    type Tokens = LocalTokens;
    type Cell = RedisCell;
    type Announcements = RedisCell;
    type Push = RegistryPush<SystemClock>;
    type Starter = LocalStarter;
    type Clock = SystemClock;

    fn connections(&self) -> &Self::Connections {
        &self.connections
    }

    fn keys(&self) -> &Self::Keys {
        &self.keys
    }

    fn tokens(&self) -> &LocalTokens {
        &self.tokens
    }

    fn cell(&self) -> &RedisCell {
        &self.cell
    }

    fn announcements(&self) -> &RedisCell {
        &self.cell
    }

    fn push(&self) -> &Self::Push {
        &self.push
    }

    fn starter(&self) -> &LocalStarter {
        &self.starter
    }

    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}
