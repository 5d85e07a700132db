//! `llama-ws dev`: the whole service behind one port, on the embedded default or on real stores.

mod feed;
mod functions;
mod host;
mod local;
mod ports;
mod push;
#[cfg(feature = "real")]
mod real;
mod schedule;
mod tokens;
mod welcome;

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;

use llama_ws_core::{FrameBudget, Policy};
use llama_ws_functions::SystemClock;

pub use functions::InProcess;
pub use local::{DEMO_KEY, Local, LocalOptions, demo_key};
pub use ports::LocalPorts;
pub use push::RegistryPush;
#[cfg(feature = "real")]
pub use real::{RealFunctions, RealLocal, RealOptions, StartError};

pub use tokens::LocalTokens;

use crate::cli::{DevArgs, Exit};
use crate::gateway::{Bound, Invoke, Limits};

/// Runs until Ctrl-C or a terminate signal, then says goodbye to every client.
///
/// # Errors
/// [`Exit::Failed`] when the port is taken.
pub async fn run(args: DevArgs) -> Result<(), Exit> {
    log_to_stderr(&args);
    let bound = Bound::bind(SocketAddr::new(args.host, args.port))
        .await
        .map_err(|error| Exit::failed(&error))?;
    let settings = options(&args)?;
    if args.stores.redis.is_some() {
        return on_real_stores(&args, bound, settings).await;
    }
    let local = Local::start(SystemClock, bound, settings);
    until_stopped(&args, local.addr(), local.functions().clone()).await?;
    local.stop().await;
    Ok(())
}

/// Says where the service is, feeds it if asked to, and waits for the signal to stop.
async fn until_stopped(
    args: &DevArgs,
    addr: SocketAddr,
    functions: impl Invoke,
) -> Result<(), Exit> {
    let program = std::env::args().next();
    let program = program.as_deref().unwrap_or("llama-ws");
    write(&welcome::text(addr, program))?;
    let feed = args
        .feed
        .map(|rate| tokio::spawn(feed::run(functions, rate)));

    stop_signal().await;
    if let Some(feed) = feed {
        feed.abort();
    }
    write("\nsaying goodbye to clients…\n")
}

#[cfg(feature = "real")]
async fn on_real_stores(args: &DevArgs, bound: Bound, settings: LocalOptions) -> Result<(), Exit> {
    let real = RealOptions::from_args(&args.stores)?;
    let local = RealLocal::start(bound, settings, real)
        .await
        .map_err(|error| Exit::failed(&error))?;
    let stopped = until_stopped(args, local.addr(), local.functions().clone()).await;
    local.stop().await;
    stopped
}

#[cfg(not(feature = "real"))]
#[expect(
    clippy::unused_async,
    reason = "the same signature as with the feature"
)]
async fn on_real_stores(_: &DevArgs, _: Bound, _: LocalOptions) -> Result<(), Exit> {
    Err(Exit::Failed(
        "this build knows no real stores: cargo build -p llama-ws-local --features real".to_owned(),
    ))
}

fn options(args: &DevArgs) -> Result<LocalOptions, Exit> {
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
        frame_budget: FrameBudget {
            per_second: args.budget.per_second,
            burst: args.budget.burst,
        },
        replay_limit: limits.replay.unwrap_or(defaults.replay_limit),
    };
    let tokens = LocalTokens::from_variables(args.tokens.variables()).map_err(Exit::Failed)?;
    Ok(LocalOptions {
        policy,
        tokens,
        limits: if args.no_throttle {
            Limits::unthrottled()
        } else {
            Limits::default()
        },
        ..LocalOptions::default()
    })
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
