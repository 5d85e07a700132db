//! A `redis-server` for one test: on a free port, without files, gone with the test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest wait for anything a server says.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    port: u16,
    child: Child,
    /// Kept, or the server could not write its log.
    _log: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut child = Command::new("redis-server")
            .current_dir(std::env::temp_dir())
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("redis-server cannot be started ({error}): scripts/test sets it up")
            });
        let mut log = BufReader::new(child.stdout.take().unwrap());
        let mut lines = String::new();
        while !lines.contains("Ready to accept connections") {
            let read = log.read_line(&mut lines).unwrap();
            assert!(read > 0, "redis-server ended: {lines}");
        }
        Self {
            url: format!("redis://127.0.0.1:{port}"),
            port,
            child,
            _log: log,
        }
    }

    /// Halts the server, or lets it go on: its connections stay open meanwhile.
    pub(crate) fn signal(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    /// How often each of the commands was called since the server started.
    pub(crate) async fn calls<const N: usize>(&self, commands: [&str; N]) -> [u64; N] {
        let mut info = Socket::open(self.port, "INFO commandstats").await;
        let length = info.line().await.replace('$', "").parse().unwrap();
        let mut statistics = String::new();
        while statistics.len() < length {
            statistics += &info.line().await;
            statistics += "\r\n";
        }
        commands.map(|command| {
            let calls = statistics
                .split_once(&format!("cmdstat_{command}:calls="))
                .and_then(|(_, after)| after.split(',').next());
            calls.map_or(0, |calls| calls.parse().unwrap())
        })
    }

    /// Sends one command and answers the first line of the reply.
    pub(crate) async fn say(&self, command: &str) -> String {
        Socket::open(self.port, command).await.line().await
    }

    /// Somebody who hears all of `events:*` from now on.
    pub(crate) async fn subscriber(&self) -> Subscriber {
        let mut socket = Socket::open(self.port, "PSUBSCRIBE events:*").await;
        for _ in 0..6 {
            socket.line().await;
        }
        Subscriber { socket }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A plain subscriber: bytes on a socket, no client.
#[derive(Debug)]
pub(crate) struct Subscriber {
    socket: Socket,
}

impl Subscriber {
    /// The next message: its channel and its text.
    pub(crate) async fn next(&mut self) -> (String, String) {
        let mut lines = Vec::new();
        for _ in 0..9 {
            lines.push(self.socket.line().await);
        }
        assert_eq!(lines[2], "pmessage");
        (lines[6].clone(), lines[8].clone())
    }
}

/// A connection on which one command in the inline form has been sent.
#[derive(Debug)]
struct Socket(tokio::io::BufReader<TcpStream>);

impl Socket {
    async fn open(port: u16, command: &str) -> Self {
        let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let line = format!("{command}\r\n");
        socket.write_all(line.as_bytes()).await.unwrap();
        Self(tokio::io::BufReader::new(socket))
    }

    /// The next line, without its end.
    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.0.read_line(&mut line)).await;
        assert!(read.expect("something is said").unwrap() > 0, "it hung up");
        line.trim_end().to_owned()
    }
}
