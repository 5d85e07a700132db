//! Where Redis is, and how much a cell keeps there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fred::types::config::{Config, ServerConfig};

use crate::PasswordSource;
use crate::password::{Credentials, KnownPassword};
use crate::tls;

/// How a cell is reached and what it may hold.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// Where Redis is.
    pub server: RedisServer,
    /// The cell's hash tag: its keys begin `ws:{<tag>}:`, so that they share one slot.
    pub tag: String,
    /// Virtual shards, at least 1; the same for everybody who uses the cell.
    pub shards: u16,
    /// Longest any call may take, besides the time a reader asked to wait.
    pub command_deadline: Duration,
    /// What the logs keep.
    pub bounds: CellBounds,
    /// With TLS, who may sign a server's certificate, as PEM. If absent, whom the system trusts, or
    /// the file that `SSL_CERT_FILE` names.
    pub authorities: Option<String>,
    /// Where the password is kept, in place of one in `server`.
    pub password: Option<Arc<dyn PasswordSource>>,
}

impl RedisConfig {
    /// The contract's numbers.
    #[must_use]
    pub fn new(server: RedisServer) -> Self {
        Self {
            server,
            tag: "ws".to_owned(),
            shards: 16,
            command_deadline: Duration::from_millis(1_500),
            bounds: CellBounds::default(),
            authorities: None,
            password: None,
        }
    }
}

/// Where Redis is.
#[derive(Debug, Clone)]
pub enum RedisServer {
    /// `redis://`, `rediss://`, `redis-cluster://` or `rediss-cluster://`.
    Url(RedisUrl),
    /// In parts.
    Address(ServerAddress),
}

/// A URL, which may hold a password: it is never shown.
#[derive(Clone)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// Takes the text as it is.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisUrl(…)")
    }
}

/// A server by its parts.
#[derive(Clone)]
pub struct ServerAddress {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// ACL user.
    pub username: Option<String>,
    /// Its password, or the server's.
    pub password: Option<String>,
    /// Which database; a cluster has only 0.
    pub database: Option<u8>,
    /// Whether to speak TLS: needs this crate's feature `tls`.
    pub tls: bool,
    /// Whether this is a node of a cluster.
    pub cluster: bool,
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerAddress")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("database", &self.database)
            .field("tls", &self.tls)
            .field("cluster", &self.cluster)
            .finish_non_exhaustive()
    }
}

/// What the logs keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellBounds {
    /// How long the event log keeps an entry: the resume window.
    pub event_age: Duration,
    /// Most entries of the event log.
    pub max_events: usize,
    /// Most bytes of the event log.
    pub max_event_bytes: usize,
    /// Most entries of the change log. What a live lease has not checkpointed stays whatever their
    /// number.
    pub max_changes: usize,
}

impl Default for CellBounds {
    fn default() -> Self {
        Self {
            event_age: Duration::from_secs(15 * 60),
            max_events: 2_000_000,
            max_event_bytes: 256 * 1024 * 1024,
            max_changes: 100_000,
        }
    }
}

/// A configuration that cannot work. The text names no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfig {
    /// The URL cannot be read.
    #[error("the Redis URL cannot be read: {0}")]
    Url(String),
    /// It is another scheme's.
    #[error("a Redis URL begins redis://, rediss://, redis-cluster:// or rediss-cluster://")]
    Scheme,
    /// TLS was asked for.
    #[error("TLS to Redis was asked for, but this build is without the feature `tls`")]
    TlsNotBuilt,
    /// Nobody could be trusted.
    #[error("TLS to Redis: no certificate of an authority can be read from {0}")]
    NoAuthority(&'static str),
    /// A tag that is empty or has braces would spread the keys over slots.
    #[error("the cell's tag must not be empty or have braces: {0:?}")]
    Tag(String),
    /// A cluster has only database 0.
    #[error("a Redis cluster has only database 0, not {0}")]
    Database(u8),
    /// fred refuses it.
    #[error("the Redis client cannot be built: {0}")]
    Client(String),
}

/// How the connections of one process are made.
#[derive(Debug, Clone)]
pub(crate) struct ClientConfig {
    pub(crate) fred: Config,
    password: Option<Arc<KnownPassword>>,
}

impl ClientConfig {
    /// For one connection, where the password is kept elsewhere.
    pub(crate) fn credentials(&self) -> Option<Arc<Credentials>> {
        let password = self.password.clone()?;
        Some(Arc::new(Credentials::new(
            self.fred.username.clone(),
            password,
        )))
    }
}

impl RedisConfig {
    /// As fred wants it. The first connection is tried again like any other: a store that is down
    /// at the start is a fault of each call, not of the start.
    pub(crate) fn client(&self) -> Result<ClientConfig, InvalidConfig> {
        if self.tag.is_empty() || self.tag.contains(['{', '}']) {
            return Err(InvalidConfig::Tag(self.tag.clone()));
        }
        let (mut config, with_tls) = match &self.server {
            RedisServer::Url(url) => from_url(url)?,
            RedisServer::Address(address) => (from_address(address), address.tls),
        };
        if with_tls {
            tls::use_tls(&mut config, self.authorities.as_deref())?;
        }
        config.fail_fast = false;
        match config.database.filter(|database| *database > 0) {
            Some(database) if config.server.is_clustered() => {
                Err(InvalidConfig::Database(database))
            }
            _ => Ok(ClientConfig {
                fred: config,
                password: self
                    .password
                    .clone()
                    .map(|source| Arc::new(KnownPassword::new(source))),
            }),
        }
    }
}

/// Answers also whether TLS was asked for.
fn from_url(RedisUrl(url): &RedisUrl) -> Result<(Config, bool), InvalidConfig> {
    let (plain, with_tls) = match url.split_once("://") {
        Some(("redis" | "redis-cluster", _)) => (url.clone(), false),
        Some(("rediss" | "rediss-cluster", _)) => (url.replacen("rediss", "redis", 1), true),
        _ => return Err(InvalidConfig::Scheme),
    };
    let config =
        Config::from_url(&plain).map_err(|error| InvalidConfig::Url(error.details().to_owned()))?;
    Ok((config, with_tls))
}

fn from_address(address: &ServerAddress) -> Config {
    let server = if address.cluster {
        ServerConfig::new_clustered(vec![(address.host.as_str(), address.port)])
    } else {
        ServerConfig::new_centralized(address.host.as_str(), address.port)
    };
    Config {
        server,
        username: address.username.clone(),
        password: address.password.clone(),
        database: address.database.filter(|_| !address.cluster),
        ..Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_url(url: &str) -> RedisConfig {
        RedisConfig::new(RedisServer::Url(RedisUrl::new(url)))
    }

    #[test]
    fn a_secret_is_never_shown() {
        let address = ServerAddress {
            host: "cache".to_owned(),
            port: 6379,
            username: Some("user".to_owned()),
            password: Some("secret".to_owned()),
            database: None,
            tls: false,
            cluster: false,
        };

        let shown = format!(
            "{:?} {:?}",
            RedisServer::Address(address),
            with_url("redis://:secret@cache")
        );
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_tag_that_would_spread_the_keys_is_refused() {
        for tag in ["", "a}b", "{"] {
            let config = RedisConfig {
                tag: tag.to_owned(),
                ..with_url("redis://cache")
            };
            assert_eq!(
                config.client().unwrap_err(),
                InvalidConfig::Tag(tag.to_owned())
            );
        }
    }

    #[test]
    fn a_url_that_is_none_is_refused() {
        for url in ["", "cache:6379", "http://cache"] {
            assert!(with_url(url).client().is_err(), "{url}");
        }
        assert!(with_url("redis-cluster://cache:6379").client().is_ok());
    }
}
