//! What an operator sets about tokens. Every missing or malformed variable is named at once.

use std::path::PathBuf;
use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::claims::Expected;
use crate::jwks::JwksUrl;
use crate::key_set::PublicKey;

/// How far clocks may be apart unless it is set.
const DEFAULT_LEEWAY_SECONDS: u64 = 30;

/// Farthest apart that clocks may be taken to be.
const MAX_LEEWAY_SECONDS: u64 = 300;

/// The variables, in the order in which faults are told.
const VARIABLES: [&str; 8] = [
    "JWT_ALGORITHM",
    "JWT_SECRET_ARN",
    "JWT_SECRET_FILE",
    "JWT_PUBLIC_KEY",
    "JWT_JWKS_URL",
    "JWT_ISSUER",
    "JWT_AUDIENCE",
    "JWT_LEEWAY_SECONDS",
];

/// Which tokens are good.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `JWT_ALGORITHM`: the only one.
    pub algorithm: Algorithm,
    /// Exactly one of the four that fits the algorithm.
    pub keys: KeyReference,
    /// `JWT_ISSUER`, `JWT_AUDIENCE`, `JWT_LEEWAY_SECONDS`.
    pub expected: Expected,
}

/// Where keys are.
#[derive(Debug, Clone)]
pub enum KeyReference {
    /// A shared secret, kept elsewhere.
    Secret(SecretReference),
    /// `JWT_PUBLIC_KEY`, in PEM.
    PublicKey(PublicKey),
    /// `JWT_JWKS_URL`.
    Jwks(JwksUrl),
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretReference {
    /// `JWT_SECRET_ARN`: a secret of Secrets Manager, by its ARN or its name.
    Manager(String),
    /// `JWT_SECRET_FILE`.
    File(PathBuf),
}

impl Settings {
    /// Where the shared secret is, if the algorithm has one.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretReference> {
        match &self.keys {
            KeyReference::Secret(reference) => Some(reference),
            KeyReference::PublicKey(_) | KeyReference::Jwks(_) => None,
        }
    }

    /// Reads the `JWT_*` variables; a variable set to nothing is not set. None of them set: no
    /// token is good.
    ///
    /// # Errors
    /// What is wrong, a text for each fault. None repeats a value.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Vec<String>> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        if VARIABLES.iter().all(|name| get(name).is_none()) {
            return Ok(None);
        }
        let mut faults = Vec::new();
        let algorithm = algorithm(get("JWT_ALGORITHM"), &mut faults);
        let keys = algorithm.and_then(|algorithm| keys(algorithm, &get, &mut faults));
        let leeway = leeway(get("JWT_LEEWAY_SECONDS"), &mut faults);
        match (algorithm, keys, leeway) {
            (Some(algorithm), Some(keys), Some(leeway)) => Ok(Some(Self {
                algorithm,
                keys,
                expected: Expected {
                    issuer: get("JWT_ISSUER"),
                    audience: get("JWT_AUDIENCE"),
                    leeway,
                },
            })),
            _ => Err(faults),
        }
    }
}

fn algorithm(name: Option<String>, faults: &mut Vec<String>) -> Option<Algorithm> {
    let Some(name) = name else {
        faults.push("JWT_ALGORITHM is missing".to_owned());
        return None;
    };
    noted("JWT_ALGORITHM", name.parse(), faults)
}

fn keys(
    algorithm: Algorithm,
    get: &impl Fn(&str) -> Option<String>,
    faults: &mut Vec<String>,
) -> Option<KeyReference> {
    let references = [
        "JWT_SECRET_ARN",
        "JWT_SECRET_FILE",
        "JWT_PUBLIC_KEY",
        "JWT_JWKS_URL",
    ];
    let fitting = match algorithm {
        Algorithm::Hs256 => &references[..2],
        _ => &references[2..],
    };
    let mut given = references
        .into_iter()
        .filter_map(|name| Some((name, get(name)?)));
    let (name, value) = match (given.next(), given.next()) {
        (Some((name, value)), None) if fitting.contains(&name) => (name, value),
        _ => {
            faults.push(format!(
                "this JWT_ALGORITHM needs exactly one key: {}",
                fitting.join(" or ")
            ));
            return None;
        }
    };
    match name {
        "JWT_SECRET_ARN" => Some(KeyReference::Secret(SecretReference::Manager(value))),
        "JWT_SECRET_FILE" => Some(KeyReference::Secret(SecretReference::File(value.into()))),
        "JWT_PUBLIC_KEY" => {
            noted(name, PublicKey::from_pem(algorithm, &value), faults).map(KeyReference::PublicKey)
        }
        _ => noted(name, value.parse(), faults).map(KeyReference::Jwks),
    }
}

fn leeway(text: Option<String>, faults: &mut Vec<String>) -> Option<Duration> {
    let seconds = match text {
        None => Ok(DEFAULT_LEEWAY_SECONDS),
        Some(text) => match text.parse() {
            Ok(seconds) if seconds <= MAX_LEEWAY_SECONDS => Ok(seconds),
            _ => Err(format!("must be a whole number up to {MAX_LEEWAY_SECONDS}")),
        },
    };
    noted("JWT_LEEWAY_SECONDS", seconds, faults).map(Duration::from_secs)
}

/// The value, or a fault that names its variable.
fn noted<T, E: std::fmt::Display>(
    name: &str,
    value: Result<T, E>,
    faults: &mut Vec<String>,
) -> Option<T> {
    value
        .inspect_err(|error| faults.push(format!("{name} {error}")))
        .ok()
}

#[cfg(test)]
mod tests;
