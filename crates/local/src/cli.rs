//! The command line: what can be typed, and how a run ends.
//! The one place of this program that reads the environment, through clap.

mod dev;
mod exit;
mod usage;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use dev::{AuthMode, DevArgs, LimitArgs};
pub use exit::{Exit, finish};

/// DefiLlama's real-time service on this machine, and the tools around it.
#[derive(Debug, Parser)]
#[command(name = "llama-ws", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  llama-ws dev --feed                       start the service with a stream of sample events
  llama-ws listen prices token:ethereum     watch it from another terminal
  llama-ws publish --type price_update --token ethereum --value 2750
  llama-ws feed --rate 200 --count 10000    put it under some load";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole service locally: WebSocket, HTTP and a console page on one port
    Dev(DevArgs),
}

/// Reads the command line.
///
/// # Errors
/// [`Exit::Help`] when help or the version was asked for, [`Exit::Usage`] when it makes no sense.
pub fn parse<I, T>(arguments: I) -> Result<Command, Exit>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    Cli::try_parse_from(arguments)
        .map(|cli| cli.command)
        .map_err(usage::exit)
}
