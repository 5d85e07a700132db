//! Cells on the servers of a test, and tests on every server.

use std::time::Duration;

use llama_ws_redis::{RedisCell, RedisConfig, RedisServer, RedisUrl};
use llama_ws_test_servers::redis::Redis;
use llama_ws_test_servers::unique;

/// Makes each of these functions a test on each server there is.
macro_rules! on_every_server {
    ($($test:ident)+) => {
        on_every_server! { redis, Redis, $($test)+ }
        on_every_server! { valkey, Valkey, $($test)+ }
        on_every_server! { tls, Tls, $($test)+ }
        on_every_server! { cluster, Cluster, $($test)+ }
    };
    ($module:ident, $setup:ident, $($test:ident)+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(llama_ws_test_servers::redis::Setup::$setup).await;
                }
            )+
        }
    };
}
pub(crate) use on_every_server;

/// How to reach a new cell. It waits for a machine that has much else to do.
pub(crate) fn config(server: &Redis) -> RedisConfig {
    RedisConfig {
        command_deadline: Duration::from_secs(10),
        ..usual_config(server)
    }
}

/// A new cell.
pub(crate) fn cell(server: &Redis) -> RedisCell {
    RedisCell::connect(&config(server)).unwrap()
}

/// A new cell that waits no longer for an answer than the service does.
pub(crate) fn impatient_cell(server: &Redis) -> RedisCell {
    RedisCell::connect(&usual_config(server)).unwrap()
}

/// How the service reaches a cell, which is new.
pub(crate) fn usual_config(server: &Redis) -> RedisConfig {
    RedisConfig {
        tag: unique(),
        authorities: server.authority().map(str::to_owned),
        ..RedisConfig::new(RedisServer::Url(RedisUrl::new(server.url())))
    }
}
