//! Real servers for tests, on free ports, gone with the test.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

pub mod dynamodb;
pub mod redis;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// A port that nobody listens on, outside those that the system gives to whoever asks for any: a
/// server that takes its time to start finds it still free.
fn free_port() -> u16 {
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
