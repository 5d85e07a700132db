//! `llama-ws`: reads the command line and runs one subcommand.

use std::process::ExitCode;

use llama_ws_local::cli::{self, Command, Exit};

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match cli::parse(std::env::args_os()) {
        Ok(command) => dispatch(command).await,
        Err(exit) => Err(exit),
    };
    cli::finish(outcome)
}

async fn dispatch(command: Command) -> Result<(), Exit> {
    match command {
        Command::Dev(args) => llama_ws_local::dev::run(args).await,
        Command::Publish(args) => cli::publish(args).await,
        Command::Feed(args) => cli::feed(args).await,
        Command::Keys(args) => cli::keys(args).await,
        Command::Listen(args) => cli::listen(args).await,
    }
}
