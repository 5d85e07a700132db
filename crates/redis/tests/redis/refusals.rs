//! Servers that do not want this client, and a client that does not trust the server: each call
//! says so, and shows no secret.

use std::time::Duration;

use llama_ws_core::ports::{Announcements, Cursor, Health, Slot, Unavailable, WorkLog};
use llama_ws_redis::{InvalidConfig, RedisCell, RedisConfig, RedisServer, RedisUrl, ServerAddress};
use llama_ws_test_servers::redis::certificates::Certificates;
use llama_ws_test_servers::redis::{Redis, Setup, USER};

use crate::cells::usual_config;

/// What a command, a read that waits and a listener say.
async fn refusals(config: &RedisConfig) -> [Unavailable; 3] {
    let cell = RedisCell::connect(config).unwrap();
    let wait = Duration::from_millis(100);
    let read = cell.read(Slot::WHOLE, Cursor::default(), 1, wait);
    let (command, read, listener) = tokio::join!(cell.check(), read, cell.listen());
    [
        command.unwrap_err(),
        read.unwrap_err(),
        listener.map(drop).unwrap_err(),
    ]
}

async fn assert_refused(config: &RedisConfig, reason: &str) {
    for refused in refusals(config).await {
        let said = refused.to_string();
        assert!(refused.reason.contains(reason), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

fn with_url(server: &Redis, url: &str) -> RedisConfig {
    RedisConfig {
        server: RedisServer::Url(RedisUrl::new(url)),
        ..usual_config(server)
    }
}

fn by_parts(url: &str, username: Option<&str>, password: Option<&str>) -> ServerAddress {
    let (host, port) = url
        .rsplit_once(['@', '/'])
        .unwrap()
        .1
        .split_once(':')
        .unwrap();
    ServerAddress {
        host: host.to_owned(),
        port: port.parse().unwrap(),
        username: username.map(str::to_owned),
        password: password.map(str::to_owned),
        database: None,
        tls: url.starts_with("rediss"),
        cluster: false,
    }
}

fn with_parts(server: &Redis, address: ServerAddress) -> RedisConfig {
    RedisConfig {
        server: RedisServer::Address(address),
        ..usual_config(server)
    }
}

#[tokio::test]
async fn a_server_is_reached_by_its_parts_and_only_with_its_password() {
    let server = Redis::configured(&["requirepass a-secret"]);
    let good = ServerAddress {
        database: Some(3),
        ..by_parts(server.url(), None, Some("a-secret"))
    };
    let cell = RedisCell::connect(&with_parts(&server, good)).unwrap();
    cell.check().await.unwrap();

    let wrong = by_parts(server.url(), None, Some("another-secret"));
    assert_refused(&with_parts(&server, wrong), "WRONGPASS").await;
    let without = by_parts(server.url(), None, None);
    assert_refused(&with_parts(&server, without), "NOAUTH").await;
}

#[tokio::test]
async fn with_tls_a_user_is_known_by_its_name_and_password() {
    let server = Redis::shared(Setup::Tls);
    let (name, password) = USER;
    let good = by_parts(server.url(), Some(name), Some(password));
    let cell = RedisCell::connect(&with_parts(&server, good)).unwrap();
    cell.check().await.unwrap();

    for (name, password) in [(name, "another-secret"), ("alpaca", password)] {
        let wrong = by_parts(server.url(), Some(name), Some(password));
        assert_refused(&with_parts(&server, wrong), "WRONGPASS").await;
        let url = server.url().replace(
            &format!("{}:{}", USER.0, USER.1),
            &format!("{name}:{password}"),
        );
        assert_refused(&with_url(&server, &url), "WRONGPASS").await;
    }
}

#[tokio::test]
async fn a_certificate_by_somebody_else_is_not_trusted() {
    let server = Redis::shared(Setup::Tls);
    for authorities in [Some(Certificates::generate().authority), None] {
        let config = RedisConfig {
            authorities,
            ..usual_config(&server)
        };
        assert_refused(&config, "InvalidCertificate").await;
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let server = Redis::shared(Setup::Tls);
    let url = server.url().replace("localhost", "127.0.0.1");
    assert_refused(&with_url(&server, &url), "NotValidForName").await;
}

#[tokio::test]
async fn plain_words_to_a_server_with_tls_and_the_other_way_round_are_refused() {
    let server = Redis::shared(Setup::Tls);
    let url = server.url().replace("rediss", "redis");
    assert_refused(&with_url(&server, &url), "nor a connection without TLS").await;

    let plain = Redis::shared(Setup::Redis);
    let config = RedisConfig {
        authorities: server.authority().map(str::to_owned),
        ..with_url(&plain, &plain.url().replace("redis://", "rediss://"))
    };
    assert_refused(&config, "nor a connection with TLS").await;
}

#[tokio::test]
async fn authorities_that_cannot_be_read_are_refused_at_the_start() {
    let server = Redis::shared(Setup::Tls);
    let begin = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
    for text in ["", "a secret", begin] {
        let config = RedisConfig {
            authorities: Some(text.to_owned()),
            ..usual_config(&server)
        };
        let refused = RedisCell::connect(&config).unwrap_err();
        assert!(
            matches!(refused, InvalidConfig::NoAuthority(_)),
            "{refused}"
        );
    }
}
