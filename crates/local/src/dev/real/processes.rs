//! The variables that the deployed binaries get, as `serverless.yml` gives them.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use llama_ws_core::AuthMode;
use llama_ws_functions::Function;

use super::{LocalOptions, RealOptions};
use crate::lambda::{Bound, Processes, Settings};

/// Serves the Runtime API; the first invocation of a function starts its binary in `folder`.
pub(super) async fn start(
    folder: &Path,
    gateway: SocketAddr,
    options: &LocalOptions,
    real: &RealOptions,
) -> io::Result<Processes> {
    let bound = Bound::bind().await?;
    let variables = variables(gateway, &bound.endpoint(), options, real);
    let worker_timeout = real.worker_timeout.iter();
    let settings = Settings {
        log: real.log,
        timeouts: worker_timeout
            .map(|timeout| (Function::EventFanout, *timeout))
            .collect(),
        ..Settings::new(folder, variables)
    };
    Ok(bound.start(settings))
}

/// Everything a function is told, `@connections` behind the gateway at `gateway` and the other
/// functions behind `lambda`.
fn variables(
    gateway: SocketAddr,
    lambda: &str,
    options: &LocalOptions,
    real: &RealOptions,
) -> Vec<(String, String)> {
    let policy = &options.policy;
    // The deployed functions know no loopback: from there, nobody is limited by address.
    let connects = if policy.exempt_loopback {
        u32::MAX
    } else {
        policy.connects_per_minute
    };
    let auth_mode = match policy.auth_mode {
        AuthMode::Required => "required",
        AuthMode::Deferred => "deferred",
    };
    let pairs = [
        ("REDIS_URL", real.redis.clone()),
        ("CELL", real.cell.clone()),
        ("CONNECTIONS_TABLE", real.connections_table.clone()),
        ("API_KEYS_TABLE", real.api_keys_table.clone()),
        ("WEBSOCKET_API_ENDPOINT", format!("http://{gateway}/local")),
        ("FANOUT_FUNCTION_NAME", "event-fanout".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", real.dynamodb.clone()),
        ("AWS_ENDPOINT_URL_LAMBDA", lambda.to_owned()),
        // Nobody checks them, but the clients want some.
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AUTH_MODE", auth_mode.to_owned()),
        ("LIMIT_CONNECTS_PER_MINUTE", connects.to_string()),
        (
            "LIMIT_MESSAGES_PER_MINUTE",
            policy.messages_per_minute.to_string(),
        ),
        (
            "LIMIT_SUBSCRIPTION_CHANGES_PER_MINUTE",
            policy.subscription_changes_per_minute.to_string(),
        ),
        (
            "LIMIT_CONNECTIONS_PER_USER",
            policy.connections_per_user.to_string(),
        ),
        (
            "FRAME_BUDGET_PER_SECOND",
            policy.frame_budget.per_second.to_string(),
        ),
        ("FRAME_BUDGET_BURST", policy.frame_budget.burst.to_string()),
        ("REPLAY_LIMIT", policy.replay_limit.to_string()),
    ];
    let tokens = options.tokens.variables().iter().cloned();
    pairs
        .into_iter()
        .chain(tokens)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
