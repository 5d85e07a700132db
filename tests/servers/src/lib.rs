//! Real servers for tests, on free ports, gone with the test: the only place that starts any.
//!
//! A server ends with its value, after a panic too, and if the test's process is killed, soon after
//! it (`process`).

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

pub mod dynamodb;
mod process;
pub mod redis;

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

/// A port that nobody listens on, outside those that the system gives to whoever asks for any: a
/// server that takes its time to start finds it still free.
#[must_use]
pub fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % 16_000).expect("it is small");
    loop {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed) % 16_000;
        let port = 12_000 + (process.wrapping_mul(7) % 16_000 + tried) % 16_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A name that nobody else has: for a cell, a table, a connection.
#[must_use]
pub fn unique() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{}-{number}", std::process::id())
}

/// What scripts/setup puts into `.tools`.
fn tools(path: &str) -> PathBuf {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    PathBuf::from(workspace).join(".tools").join(path)
}

/// A server that somebody else runs.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no other configuration"
)]
fn given(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty())
}
