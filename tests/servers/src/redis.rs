//! A `redis-server` on a free port, without files, gone with its value.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running server.
#[derive(Debug)]
pub struct Redis {
    child: Child,
    port: u16,
    /// Kept, or the server could not write its log.
    _log: BufReader<ChildStdout>,
}

impl Redis {
    /// Starts one, and waits until it accepts connections.
    ///
    /// # Panics
    /// When there is no `redis-server`.
    #[must_use]
    pub fn start() -> Self {
        let port = crate::free_port();
        let mut child = Command::new("redis-server")
            .current_dir(std::env::temp_dir())
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("redis-server cannot be started ({error}): scripts/test sets it up")
            });
        let output = child.stdout.take().expect("it is piped");
        let mut log = BufReader::new(output);
        let mut lines = String::new();
        while !lines.contains("Ready to accept connections") {
            let read = log.read_line(&mut lines).expect("its log is text");
            assert!(read > 0, "redis-server ended: {lines}");
        }
        Self {
            child,
            port,
            _log: log,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
