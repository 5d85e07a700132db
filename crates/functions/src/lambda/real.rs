//! What the deployed functions talk to: DynamoDB, Redis, API Gateway and Lambda.

use std::sync::Arc;

use llama_ws_aws::{
    DynamoConnections, DynamoKeys, KeySource, LambdaStarter, LlamaAuthKeys, SecretsManager,
    SignedPush, sdk_config,
};
use llama_ws_core::ports::Ports;
use llama_ws_redis::{PasswordSource, RedisCell};

use super::Error;
use super::config::{self, RealStores};
use super::password::ManagedPassword;
use super::tokens::DeployedTokens;
use crate::cached_keys::CachedKeys;
use crate::clock::SystemClock;

/// Most connections to API Gateway: at least as many as a worker has posts in flight. Lambda allows
/// 1,024 open files, and the stores need a few.
const POST_CONNECTIONS: usize = 512;

pub(super) struct Real {
    connections: DynamoConnections<SystemClock>,
    keys: CachedKeys<KeySource, SystemClock>,
    tokens: DeployedTokens,
    cell: RedisCell,
    push: SignedPush<SystemClock>,
    starter: LambdaStarter,
    clock: SystemClock,
}

/// Builds every client; none is connected yet.
pub(super) async fn ports(stores: RealStores, tokens: DeployedTokens) -> Result<Real, Error> {
    let sdk = sdk_config().await;
    let mut redis = stores.redis;
    redis.password = stores.redis_password.map(|place| {
        let secrets = SecretsManager::new(&sdk, place.secret);
        Arc::new(ManagedPassword::new(secrets, place.key)) as Arc<dyn PasswordSource>
    });
    let table = stores.api_keys_table;
    let keys = match stores.key_source {
        config::KeySource::Own => KeySource::Own(DynamoKeys::new(&sdk, table)),
        config::KeySource::LlamaAuth(permissions) => {
            KeySource::LlamaAuth(LlamaAuthKeys::new(&sdk, table, permissions))
        }
    };
    Ok(Real {
        connections: DynamoConnections::new(&sdk, stores.connections_table, SystemClock),
        keys: CachedKeys::new(keys, SystemClock),
        tokens,
        cell: RedisCell::connect(&redis)?,
        push: SignedPush::new(&sdk, &stores.endpoint, POST_CONNECTIONS, SystemClock)?,
        starter: LambdaStarter::new(&sdk, stores.fanout_function),
        clock: SystemClock,
    })
}

impl Ports for Real {
    type Connections = DynamoConnections<SystemClock>;
    type Keys = CachedKeys<KeySource, SystemClock>;
    type Tokens = DeployedTokens;
    type Cell = RedisCell;
    type Announcements = RedisCell;
    type Push = SignedPush<SystemClock>;
    type Starter = LambdaStarter;
    type Clock = SystemClock;

    fn connections(&self) -> &Self::Connections {
        &self.connections
    }

    fn keys(&self) -> &Self::Keys {
        &self.keys
    }

    fn tokens(&self) -> &DeployedTokens {
        &self.tokens
    }

    fn cell(&self) -> &RedisCell {
        &self.cell
    }

    fn announcements(&self) -> &RedisCell {
        &self.cell
    }

    fn push(&self) -> &SignedPush<SystemClock> {
        &self.push
    }

    fn starter(&self) -> &LambdaStarter {
        &self.starter
    }

    fn clock(&self) -> &SystemClock {
        &self.clock
    }
}
