//! `llama-ws`: reads the command line and runs one subcommand.

use std::process::ExitCode;

use llama_ws_local::cli::{self, Command, DevArgs, Exit};

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
        Command::Dev(args) => dev(args).await,
    }
}

async fn dev(_args: DevArgs) -> Result<(), Exit> {
    Err(Exit::Failed("`dev` is not part of this build".to_owned()))
}
