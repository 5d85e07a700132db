//! What an operator sets. Every missing or malformed variable is named in one error.

mod reader;
mod stores;

use llama_ws_core::{FrameBudget, Policy};
use llama_ws_tokens::Settings;

use reader::Reader;
pub(crate) use stores::{KeySource, RealStores, Stores};

/// Everything an operator sets.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Where state lives, and who else is there.
    pub(crate) stores: Stores,
    /// `JWT_*`: which tokens are good; none, if nothing is set.
    pub(crate) tokens: Option<Settings>,
    /// Limits of the service.
    pub(crate) policy: Policy,
    /// `LOG_LEVEL`, a level or a list of filter directives.
    pub(crate) log_level: String,
}

/// What is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("configuration: {}", .0.join("; "))]
pub(crate) struct ConfigError(Vec<String>);

impl Config {
    /// Reads the process's environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the reader of the environment"
    )]
    pub(crate) fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads variables from anywhere.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(variable);
        let stores = Stores::read(&mut reader);
        let tokens = reader.tokens();
        let policy = policy(&mut reader);
        let log_level = reader.get("LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
        match (stores, reader.faults()) {
            (Some(stores), faults) if faults.is_empty() => Ok(Self {
                stores,
                tokens,
                policy,
                log_level,
            }),
            (_, faults) => Err(ConfigError(faults)),
        }
    }
}

/// At least one frame, or nothing would ever be posted.
fn frame_budget(reader: &mut Reader<'_>) -> FrameBudget {
    let defaults = FrameBudget::default();
    FrameBudget {
        per_second: reader.positive("FRAME_BUDGET_PER_SECOND", defaults.per_second),
        burst: reader.positive("FRAME_BUDGET_BURST", defaults.burst),
    }
}

fn policy(reader: &mut Reader<'_>) -> Policy {
    let defaults = Policy::default();
    Policy {
        auth_mode: reader.auth_mode(),
        connects_per_minute: reader
            .number("LIMIT_CONNECTS_PER_MINUTE", defaults.connects_per_minute),
        exempt_loopback: false,
        messages_per_minute: reader
            .number("LIMIT_MESSAGES_PER_MINUTE", defaults.messages_per_minute),
        subscription_changes_per_minute: reader.number(
            "LIMIT_SUBSCRIPTION_CHANGES_PER_MINUTE",
            defaults.subscription_changes_per_minute,
        ),
        connections_per_user: reader
            .number("LIMIT_CONNECTIONS_PER_USER", defaults.connections_per_user),
        frame_budget: frame_budget(reader),
        replay_limit: reader.number("REPLAY_LIMIT", defaults.replay_limit),
    }
}

#[cfg(test)]
mod tests;
