//! How a run ends: nothing to say, help, or exactly one line on stderr and a code.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

/// Why a run ends early. Codes: 0 for help, 2 for a bad command line, 1 for everything else.
#[derive(Debug)]
pub enum Exit {
    /// Help or the version was asked for: clap prints it.
    Help(clap::Error),
    /// The command line makes no sense.
    Usage(String),
    /// The command could not do its work.
    Failed(String),
}

impl Exit {
    /// A failed run, told by `error` and its causes.
    #[must_use]
    pub fn failed(error: &dyn Error) -> Self {
        Self::Failed(chain(error))
    }
}

/// Prints what is left to say and gives the process its exit code.
#[must_use]
pub fn finish(outcome: Result<(), Exit>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Exit::Help(help)) => {
            // A reader that went away (`| head`) has seen enough.
            let _ = help.print();
            ExitCode::SUCCESS
        }
        Err(Exit::Usage(message)) => complain(&message, 2),
        Err(Exit::Failed(message)) => complain(&message, 1),
    }
}

fn complain(message: &str, code: u8) -> ExitCode {
    // Without stderr there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "llama-ws: {}", one_line(message));
    ExitCode::from(code)
}

/// `error` and its sources, outermost first, joined by colons; repeated texts are said once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read events.json")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("line 3:\n  not JSON")]
    struct Inner;

    #[test]
    fn causes_are_joined_on_one_line() {
        let Exit::Failed(message) = Exit::failed(&Outer(Inner)) else {
            panic!("not a failure")
        };

        assert_eq!(
            one_line(&message),
            "cannot read events.json: line 3: not JSON"
        );
    }
}
