use llama_ws_core::{AuthMode, Permissions};
use llama_ws_redis::RedisServer;

use super::*;

const REAL: &[(&str, &str)] = &[
    ("REDIS_URL", "redis://:secret@cache"),
    ("CONNECTIONS_TABLE", "connections"),
    ("API_KEYS_TABLE", "keys"),
    ("WEBSOCKET_API_ENDPOINT", "https://a.example/prod"),
];

fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(|name| {
        variables
            .iter()
            .rev()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [REAL, more].concat()
}

fn fault(variables: &[(&str, &str)]) -> String {
    read(variables).unwrap_err().to_string()
}

fn real(variables: &[(&str, &str)]) -> RealStores {
    match read(variables).unwrap().stores {
        Stores::Real(stores) => *stores,
        Stores::Memory => panic!("memory"),
    }
}

#[test]
fn defaults_are_the_contracts() {
    let config = read(&with(&[("AUTH_MODE", "")])).unwrap();

    assert_eq!(config.policy, Policy::default());
    assert_eq!(config.log_level, "info");
    let stores = real(REAL);
    assert_eq!((stores.redis.tag.as_str(), stores.redis.shards), ("ws", 16));
    assert_eq!(stores.fanout_function, None);
}

#[test]
fn every_fault_is_named_in_one_error() {
    let error = fault(&[("AUTH_MODE", "maybe"), ("LIMIT_MESSAGES_PER_MINUTE", "-1")]);

    assert_eq!(
        error,
        "configuration: REDIS_URL or REDIS_HOST is missing; CONNECTIONS_TABLE is missing; \
         API_KEYS_TABLE is missing; WEBSOCKET_API_ENDPOINT is missing; \
         AUTH_MODE must be `required` or `deferred`; \
         LIMIT_MESSAGES_PER_MINUTE must be a whole number"
    );
}

#[test]
fn what_is_set_is_used() {
    let config = read(&with(&[
        ("AUTH_MODE", "required"),
        ("LIMIT_CONNECTS_PER_MINUTE", "1"),
        ("LIMIT_MESSAGES_PER_MINUTE", "2"),
        ("LIMIT_SUBSCRIPTION_CHANGES_PER_MINUTE", "3"),
        ("LIMIT_CONNECTIONS_PER_USER", "4"),
        ("FRAME_BUDGET_PER_SECOND", "5"),
        ("FRAME_BUDGET_BURST", "6"),
        ("REPLAY_LIMIT", "7"),
        ("LOG_LEVEL", "debug"),
    ]))
    .unwrap();

    assert_eq!(config.policy.auth_mode, AuthMode::Required);
    let limits = [
        config.policy.connects_per_minute,
        config.policy.messages_per_minute,
        config.policy.subscription_changes_per_minute,
        config.policy.connections_per_user,
        config.policy.frame_budget.per_second,
        config.policy.frame_budget.burst,
    ];
    assert_eq!(limits, [1, 2, 3, 4, 5, 6]);
    assert_eq!(config.policy.replay_limit, 7);
    assert_eq!(config.log_level, "debug");
}

#[test]
fn redis_is_a_url_or_its_parts() {
    let parts = with(&[
        ("REDIS_URL", ""),
        ("REDIS_HOST", "cache"),
        ("REDIS_PORT", "7000"),
        ("REDIS_USERNAME", "ws"),
        ("REDIS_PASSWORD", "secret"),
        ("REDIS_DB", "2"),
        ("REDIS_TLS", "true"),
        ("REDIS_CLUSTER", "false"),
        ("CELL", "west"),
        ("SHARDS", "4"),
    ]);

    let redis = real(&parts).redis;

    assert_eq!((redis.tag.as_str(), redis.shards), ("west", 4));
    let RedisServer::Address(address) = redis.server else {
        panic!("a URL");
    };
    assert_eq!(
        (address.host.as_str(), address.port, address.database),
        ("cache", 7000, Some(2))
    );
    assert_eq!(
        (address.username.as_deref(), address.password.as_deref()),
        (Some("ws"), Some("secret"))
    );
    assert_eq!((address.tls, address.cluster), (true, false));
}

#[test]
fn what_cannot_be_is_refused() {
    let both = with(&[("REDIS_HOST", "cache")]);
    assert_eq!(
        fault(&both),
        "configuration: REDIS_URL and REDIS_HOST exclude each other"
    );
    assert_eq!(
        fault(&with(&[("SHARDS", "0")])),
        "configuration: SHARDS must be at least 1"
    );
    let unclear = with(&[
        ("REDIS_URL", ""),
        ("REDIS_HOST", "cache"),
        ("REDIS_TLS", "1"),
    ]);
    assert_eq!(
        fault(&unclear),
        "configuration: REDIS_TLS must be `true` or `false`"
    );
    assert_eq!(
        fault(&[("STORES", "disk")]),
        "configuration: STORES may only be `memory`, in tests"
    );
}

#[test]
fn no_secret_is_shown() {
    let shown = format!("{:?}", read(REAL).unwrap());

    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn tokens_are_none_unless_configured_and_their_faults_are_told_with_the_others() {
    assert!(read(REAL).unwrap().tokens.is_none());
    let shared = with(&[("JWT_ALGORITHM", "HS256"), ("JWT_SECRET_ARN", "ws/jwt")]);
    assert!(read(&shared).unwrap().tokens.is_some());

    let faulty = with(&[("JWT_ALGORITHM", "none"), ("AUTH_MODE", "maybe")]);
    assert_eq!(
        fault(&faulty),
        "configuration: JWT_ALGORITHM must be HS256, RS256, ES256 or EdDSA; \
         AUTH_MODE must be `required` or `deferred`"
    );
}

#[test]
fn the_password_may_be_kept_elsewhere() {
    let parts = |more: &[(&'static str, &'static str)]| {
        with(&[&[("REDIS_URL", ""), ("REDIS_HOST", "cache")], more].concat())
    };

    let place = real(&parts(&[("REDIS_PASSWORD_SECRET", "redis#password")])).redis_password;
    let place = place.unwrap();
    assert_eq!(
        (place.secret.as_str(), place.key.as_deref()),
        ("redis", Some("password"))
    );
    assert_eq!(real(&parts(&[])).redis_password, None);

    let together = "configuration: \
                    REDIS_PASSWORD_SECRET goes with REDIS_HOST, and without REDIS_PASSWORD";
    assert_eq!(
        fault(&with(&[("REDIS_PASSWORD_SECRET", "redis")])),
        together
    );
    let both = [("REDIS_PASSWORD_SECRET", "redis"), ("REDIS_PASSWORD", "p")];
    assert_eq!(fault(&parts(&both)), together);
    assert_eq!(
        fault(&parts(&[("REDIS_PASSWORD_SECRET", "redis#")])),
        "configuration: \
         REDIS_PASSWORD_SECRET must be a secret's name or ARN, perhaps with #KEY"
    );
}

#[test]
fn keys_are_in_a_table_of_ours_or_in_the_one_there_is() {
    assert_eq!(real(REAL).key_source, KeySource::Own);
    assert_eq!(
        real(&with(&[("API_KEY_SOURCE", "own")])).key_source,
        KeySource::Own
    );
    let llama_auth = ("API_KEY_SOURCE", "llama-auth");
    for (variables, granted) in [
        (
            vec![llama_auth],
            &["websocket:connect", "websocket:subscribe"][..],
        ),
        (
            vec![llama_auth, ("API_KEY_PERMISSIONS", " stats  * ")],
            &["stats", "*"],
        ),
    ] {
        let expected = Permissions::new(granted.iter().copied());
        assert_eq!(
            real(&with(&variables)).key_source,
            KeySource::LlamaAuth(expected)
        );
    }
    assert_eq!(
        fault(&with(&[("API_KEY_SOURCE", "redis")])),
        "configuration: API_KEY_SOURCE must be `own` or `llama-auth`"
    );
    assert_eq!(
        fault(&with(&[("API_KEY_PERMISSIONS", "*")])),
        "configuration: API_KEY_PERMISSIONS needs API_KEY_SOURCE=llama-auth"
    );
}
