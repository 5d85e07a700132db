//! The one reader of the environment. Every missing or malformed variable is named in one error.

use std::str::FromStr;

use llama_ws_core::{AuthMode, Policy};

/// Everything an operator sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where state lives.
    pub stores: Stores,
    /// Limits of the service.
    pub policy: Policy,
    /// `LOG_LEVEL`, a level or a list of filter directives.
    pub log_level: String,
}

/// Where state lives. There is no default: a function never falls back to a fake by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stores {
    /// In this process, for tests: nothing is shared with any other function.
    Memory,
}

/// What is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("configuration: {}", .0.join("; "))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// [`ConfigError`] naming every variable at fault.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the reader of the environment"
    )]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads variables from anywhere.
    ///
    /// # Errors
    /// [`ConfigError`] naming every variable at fault.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            variable,
            faults: Vec::new(),
        };
        let defaults = Policy::default();
        let stores = reader.required("STORES", "`memory`", |text| {
            (text == "memory").then_some(Stores::Memory)
        });
        let policy = Policy {
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
        };
        let log_level = reader.get("LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
        match stores {
            Some(stores) if reader.faults.is_empty() => Ok(Self {
                stores,
                policy,
                log_level,
            }),
            _ => Err(ConfigError(reader.faults)),
        }
    }
}

struct Reader<F> {
    variable: F,
    faults: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    /// A variable that is set to nothing counts as not set.
    fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|text| !text.is_empty())
    }

    fn required<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.get(name);
        let value = text.as_deref().and_then(parse);
        if value.is_none() {
            let fault = if text.is_some() {
                "must be"
            } else {
                "is missing: must be"
            };
            self.faults.push(format!("{name} {fault} {expected}"));
        }
        value
    }

    fn number<T: FromStr>(&mut self, name: &str, default: T) -> T {
        let Some(text) = self.get(name) else {
            return default;
        };
        text.parse().unwrap_or_else(|_| {
            self.faults.push(format!("{name} must be a whole number"));
            default
        })
    }

    fn auth_mode(&mut self) -> AuthMode {
        match self.get("AUTH_MODE").as_deref() {
            None => AuthMode::default(),
            Some("required") => AuthMode::Required,
            Some("deferred") => AuthMode::Deferred,
            Some(_) => {
                self.faults
                    .push("AUTH_MODE must be `required` or `deferred`".to_owned());
                AuthMode::default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn defaults_are_the_contracts() {
        let config = read(&[("STORES", "memory"), ("AUTH_MODE", "")]).unwrap();

        assert_eq!(config.policy, Policy::default());
        assert_eq!(config.log_level, "info");
    }

    #[test]
    fn every_fault_is_named_in_one_error() {
        let error =
            read(&[("AUTH_MODE", "maybe"), ("LIMIT_MESSAGES_PER_MINUTE", "-1")]).unwrap_err();

        assert_eq!(
            error.to_string(),
            "configuration: STORES is missing: must be `memory`; AUTH_MODE must be `required` or `deferred`; \
             LIMIT_MESSAGES_PER_MINUTE must be a whole number"
        );
    }

    #[test]
    fn what_is_set_is_used() {
        let config = read(&[
            ("STORES", "memory"),
            ("AUTH_MODE", "required"),
            ("LIMIT_CONNECTS_PER_MINUTE", "1"),
            ("LIMIT_MESSAGES_PER_MINUTE", "2"),
            ("LIMIT_SUBSCRIPTION_CHANGES_PER_MINUTE", "3"),
            ("LIMIT_CONNECTIONS_PER_USER", "4"),
            ("LOG_LEVEL", "debug"),
        ])
        .unwrap();

        assert_eq!(config.policy.auth_mode, AuthMode::Required);
        let limits = [
            config.policy.connects_per_minute,
            config.policy.messages_per_minute,
            config.policy.subscription_changes_per_minute,
            config.policy.connections_per_user,
        ];
        assert_eq!(limits, [1, 2, 3, 4]);
        assert_eq!(config.log_level, "debug");
    }
}
