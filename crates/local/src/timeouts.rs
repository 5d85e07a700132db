//! How long a function may run.

use std::time::Duration;

use llama_ws_functions::Function;

/// As in `serverless.yml`.
pub(crate) const fn timeout(function: Function) -> Duration {
    match function {
        Function::EventFanout => Duration::from_secs(900),
        Function::EventIngest => Duration::from_secs(30),
        _ => Duration::from_secs(29),
    }
}
