//! `llama-ws dev`: the whole service in one process, on the embedded default.

mod feed;
mod functions;
mod local;
mod ports;
mod push;
mod schedule;
mod welcome;

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;

use llama_ws_core::Policy;
use llama_ws_functions::SystemClock;

pub use functions::InProcess;
pub use local::{DEMO_KEY, Local, LocalOptions, demo_key};
pub use ports::LocalPorts;
pub use push::RegistryPush;

use crate::cli::{DevArgs, Exit};
use crate::gateway::{Bound, Limits};

/// Runs until Ctrl-C or a terminate signal, then says goodbye to every client.
///
/// # Errors
/// [`Exit::Failed`] when the port is taken.
pub async fn run(args: DevArgs) -> Result<(), Exit> {
    log_to_stderr(&args);
    let bound = Bound::bind(SocketAddr::new(args.host, args.port))
        .await
        .map_err(|error| Exit::failed(&error))?;
    let local = Local::start(SystemClock, bound, options(&args));
    let program = std::env::args().next();
    let program = program.as_deref().unwrap_or("llama-ws");
    write(&welcome::text(local.addr(), program))?;
    let feed = args
        .feed
        .map(|rate| tokio::spawn(feed::run(local.functions().clone(), rate)));

    stop_signal().await;
    if let Some(feed) = feed {
        feed.abort();
    }
    write("\nsaying goodbye to clients…\n")?;
    local.stop().await;
    Ok(())
}

fn options(args: &DevArgs) -> LocalOptions {
    let defaults = Policy::default();
    let limits = &args.limits;
    let policy = Policy {
        auth_mode: args.auth_mode,
        connects_per_minute: limits
            .connects_per_minute
            .unwrap_or(defaults.connects_per_minute),
        exempt_loopback: limits.connects_per_minute.is_none(),
        messages_per_minute: limits
            .messages_per_minute
            .unwrap_or(defaults.messages_per_minute),
        subscription_changes_per_minute: limits
            .subscription_changes_per_minute
            .unwrap_or(defaults.subscription_changes_per_minute),
        connections_per_user: limits
            .connections_per_user
            .unwrap_or(defaults.connections_per_user),
    };
    LocalOptions {
        policy,
        limits: if args.no_throttle {
            Limits::unthrottled()
        } else {
            Limits::default()
        },
        ..LocalOptions::default()
    }
}

fn log_to_stderr(args: &DevArgs) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(args.log_level)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .finish();
    // Fails only when a test has set one before.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

fn write(text: &str) -> Result<(), Exit> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Exit::failed(&error))
}

/// Ctrl-C, or what a process manager sends.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
