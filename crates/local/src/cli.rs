//! The command line: what can be typed, and how a run ends.
//! The one place of this program that reads the environment, through clap.

mod dev;
mod exit;
mod feed;
mod keys;
mod listen;
mod output;
mod publish;
mod tokens;
mod usage;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use dev::{DevArgs, FunctionsMode, LimitArgs, StoreArgs};
pub use exit::{Exit, finish};
pub use feed::{FeedArgs, feed};
pub use keys::{KeysArgs, keys};
pub use listen::{ListenArgs, listen};
pub use publish::{PublishArgs, publish};
pub use tokens::TokenArgs;

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

/// Where `llama-ws dev` is, unless told otherwise.
const DEFAULT_URL: &str = "http://localhost:8080";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole service locally: WebSocket and HTTP on one port
    Dev(DevArgs),

    /// Publish events from a file, from standard input, or made of options
    Publish(PublishArgs),

    /// Publish a believable stream of sample events
    Feed(FeedArgs),

    /// Make, list, revoke and rotate API keys
    Keys(KeysArgs),

    /// Subscribe and print what comes, one line per frame
    Listen(ListenArgs),
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
