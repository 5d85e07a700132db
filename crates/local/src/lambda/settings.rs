//! What the local Lambda is told.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use llama_ws_functions::Function;

use crate::timeouts::timeout;

/// As the platform's init phase ("Lambda execution environment lifecycle").
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Enough for every test; far less than an account's 1,000.
const MOST_ENVIRONMENTS: usize = 50;

/// How functions are run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of the five binaries.
    pub binaries: PathBuf,
    /// Variables that every function gets. It gets nothing of this process's environment.
    pub variables: Vec<(String, String)>,
    /// Whether what functions write is written to this process's stderr.
    pub log: bool,
    /// How many environments a function may have; above, invocations are throttled.
    pub most_environments: usize,
    /// How long an environment may take until it asks for its first invocation.
    pub init_timeout: Duration,
    /// Timeouts that differ from `serverless.yml`.
    pub timeouts: HashMap<Function, Duration>,
}

impl Settings {
    /// The binaries in this folder, with these variables, and defaults.
    pub fn new<K: Into<String>, V: Into<String>>(
        binaries: impl Into<PathBuf>,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self {
            binaries: binaries.into(),
            variables: variables
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
            log: false,
            most_environments: MOST_ENVIRONMENTS,
            init_timeout: INIT_TIMEOUT,
            timeouts: HashMap::new(),
        }
    }

    /// How long an invocation of `function` may run.
    #[must_use]
    pub fn timeout(&self, function: Function) -> Duration {
        let own = self.timeouts.get(&function).copied();
        own.unwrap_or_else(|| timeout(function))
    }

    /// The file that runs `function`.
    pub(super) fn binary(&self, function: Function) -> PathBuf {
        let name = match function {
            Function::EventIngest => Function::EventFanout.name(),
            _ => function.name(),
        };
        self.binaries.join(name)
    }
}
