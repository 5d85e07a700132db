//! Where state lives, and who else is there.

use llama_ws_core::Permissions;
use llama_ws_redis::{RedisConfig, RedisServer, RedisUrl, ServerAddress};

use super::reader::Reader;
use crate::lambda::password::SecretPlace;

/// What a key of DefiLlama's own table allows, unless the operator says otherwise.
const DEFAULT_PERMISSIONS: &str = "websocket:connect websocket:subscribe";

/// Where state lives. A function never falls back to a fake by itself.
#[derive(Debug, Clone)]
pub(crate) enum Stores {
    /// `STORES=memory`: in this process, for tests. Nothing is shared with any other function.
    Memory,
    /// DynamoDB and Redis.
    Real(Box<RealStores>),
}

/// What the deployed functions talk to.
#[derive(Debug, Clone)]
pub(crate) struct RealStores {
    /// `REDIS_URL`, or `REDIS_HOST` and its neighbours; `CELL`, `SHARDS`.
    pub(crate) redis: RedisConfig,
    /// `REDIS_PASSWORD_SECRET`: where Redis' password is kept.
    pub(crate) redis_password: Option<SecretPlace>,
    /// `CONNECTIONS_TABLE`.
    pub(crate) connections_table: String,
    /// `API_KEYS_TABLE`.
    pub(crate) api_keys_table: String,
    /// `API_KEY_SOURCE`, `API_KEY_PERMISSIONS`: what kind of table that is.
    pub(crate) key_source: KeySource,
    /// `WEBSOCKET_API_ENDPOINT`: where `@connections` is.
    pub(crate) endpoint: String,
    /// `FANOUT_FUNCTION_NAME`: who is started when no worker is live; without it the schedule does.
    pub(crate) fanout_function: Option<String>,
}

/// Which table says who may connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// The service's own.
    Own,
    /// The one that DefiLlama has already; every key in it allows the same.
    LlamaAuth(Permissions),
}

impl Stores {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        match reader.get("STORES").as_deref() {
            None => RealStores::read(reader).map(Box::new).map(Self::Real),
            Some("memory") => Some(Self::Memory),
            Some(_) => {
                reader.fault("STORES may only be `memory`, in tests");
                None
            }
        }
    }
}

impl RealStores {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let redis = redis(reader);
        let redis_password = redis_password(reader);
        let connections_table = reader.required("CONNECTIONS_TABLE");
        let api_keys_table = reader.required("API_KEYS_TABLE");
        let key_source = key_source(reader);
        let endpoint = reader.required("WEBSOCKET_API_ENDPOINT");
        Some(Self {
            redis: redis?,
            redis_password,
            connections_table: connections_table?,
            api_keys_table: api_keys_table?,
            key_source: key_source?,
            endpoint: endpoint?,
            fanout_function: reader.get("FANOUT_FUNCTION_NAME"),
        })
    }
}

fn key_source(reader: &mut Reader<'_>) -> Option<KeySource> {
    let permissions = reader.get("API_KEY_PERMISSIONS");
    match (reader.get("API_KEY_SOURCE").as_deref(), permissions) {
        (None | Some("own"), None) => Some(KeySource::Own),
        (None | Some("own"), Some(_)) => {
            reader.fault("API_KEY_PERMISSIONS needs API_KEY_SOURCE=llama-auth");
            None
        }
        (Some("llama-auth"), granted) => {
            let granted = granted.unwrap_or_else(|| DEFAULT_PERMISSIONS.to_owned());
            let granted = granted.split_whitespace();
            Some(KeySource::LlamaAuth(Permissions::new(granted)))
        }
        (Some(_), _) => {
            reader.fault("API_KEY_SOURCE must be `own` or `llama-auth`");
            None
        }
    }
}

fn redis(reader: &mut Reader<'_>) -> Option<RedisConfig> {
    let server = match (reader.get("REDIS_URL"), reader.get("REDIS_HOST")) {
        (Some(url), None) => RedisServer::Url(RedisUrl::new(url)),
        (None, Some(host)) => RedisServer::Address(address(reader, host)),
        (Some(_), Some(_)) => {
            reader.fault("REDIS_URL and REDIS_HOST exclude each other");
            return None;
        }
        (None, None) => {
            reader.fault("REDIS_URL or REDIS_HOST is missing");
            return None;
        }
    };
    let mut config = RedisConfig::new(server);
    config.shards = reader.number("SHARDS", config.shards);
    if config.shards == 0 {
        reader.fault("SHARDS must be at least 1");
    }
    config.tag = reader.get("CELL").unwrap_or(config.tag);
    Some(config)
}

fn redis_password(reader: &mut Reader<'_>) -> Option<SecretPlace> {
    let text = reader.get("REDIS_PASSWORD_SECRET")?;
    if reader.get("REDIS_HOST").is_none() || reader.get("REDIS_PASSWORD").is_some() {
        reader.fault("REDIS_PASSWORD_SECRET goes with REDIS_HOST, and without REDIS_PASSWORD");
    }
    let place = text.parse().ok();
    if place.is_none() {
        reader.fault("REDIS_PASSWORD_SECRET must be a secret's name or ARN, perhaps with #KEY");
    }
    place
}

fn address(reader: &mut Reader<'_>, host: String) -> ServerAddress {
    ServerAddress {
        host,
        port: reader.number("REDIS_PORT", 6379),
        username: reader.get("REDIS_USERNAME"),
        password: reader.get("REDIS_PASSWORD"),
        database: Some(reader.number("REDIS_DB", 0)),
        tls: reader.flag("REDIS_TLS"),
        cluster: reader.flag("REDIS_CLUSTER"),
    }
}
