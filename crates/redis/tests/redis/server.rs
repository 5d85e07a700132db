//! A `redis-server` for tests: on a free port, without files, gone with the test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use llama_ws_redis::{RedisCell, RedisConfig, RedisServer, RedisUrl};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A running server, or one that somebody else runs.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) port: u16,
    process: Option<Process>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    folder: PathBuf,
    /// Kept, or the server could not write its log.
    _log: BufReader<ChildStdout>,
}

static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static NUMBER: AtomicU64 = AtomicU64::new(0);

impl Server {
    /// One for all tests that keep to a cell of their own; `REDIS_URL` if it is set.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no other configuration"
    )]
    pub(crate) fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap();
        if let Some(server) = shared.upgrade() {
            return server;
        }
        let server = Arc::new(match std::env::var("REDIS_URL") {
            Ok(url) => Self {
                url,
                port: 0,
                process: None,
            },
            Err(_) => Self::start(&[]),
        });
        *shared = Arc::downgrade(&server);
        server
    }

    /// One of its own.
    pub(crate) fn start(options: &[&str]) -> Self {
        let port = free_port();
        let folder =
            std::env::temp_dir().join(format!("llama-ws-{}-{}", std::process::id(), next()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut child = Command::new("redis-server")
            .current_dir(&folder)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .args(options)
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
            process: Some(Process {
                child,
                folder,
                _log: log,
            }),
        }
    }

    /// A new cell.
    pub(crate) fn cell(&self) -> RedisCell {
        RedisCell::connect(&self.config()).unwrap()
    }

    /// A new cell that waits no longer for an answer than the service does.
    pub(crate) fn impatient_cell(&self) -> RedisCell {
        let server = self.config().server;
        RedisCell::connect(&RedisConfig::new(server)).unwrap()
    }

    /// How to reach a new cell. It waits for a machine that has much else to do.
    pub(crate) fn config(&self) -> RedisConfig {
        RedisConfig {
            tag: run(),
            command_deadline: Duration::from_secs(10),
            ..RedisConfig::new(RedisServer::Url(RedisUrl::new(&self.url)))
        }
    }

    /// Halts the server, or lets it go on: its connections stay open meanwhile.
    pub(crate) fn signal(&self, signal: &str) {
        let process = self.process.as_ref().unwrap();
        let kill = Command::new("kill")
            .args([signal, &process.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    /// Sends one command in the inline form and answers the first line of the reply.
    pub(crate) async fn say(&self, command: &str) -> String {
        let mut socket = self.open(command).await;
        read_line(&mut socket).await
    }

    /// Sends one command in the inline form and answers a list of texts.
    pub(crate) async fn list(&self, command: &str) -> Vec<String> {
        let mut socket = self.open(command).await;
        let length = read_line(&mut socket).await;
        let length = length.trim_start_matches('*').parse().unwrap();
        let mut texts = Vec::new();
        for _ in 0..length {
            let _bytes = read_line(&mut socket).await;
            texts.push(read_line(&mut socket).await);
        }
        texts
    }

    /// How many clients are connected, the one that asks included.
    pub(crate) async fn count_clients(&self) -> u64 {
        let mut info = self.open("INFO clients").await;
        loop {
            if let Some(clients) = read_line(&mut info)
                .await
                .strip_prefix("connected_clients:")
            {
                return clients.parse().unwrap();
            }
        }
    }

    /// A connection on which one command in the inline form has been sent.
    pub(crate) async fn open(&self, command: &str) -> tokio::io::BufReader<TcpStream> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        socket
            .write_all(format!("{command}\r\n").as_bytes())
            .await
            .unwrap();
        tokio::io::BufReader::new(socket)
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

/// The next line, without its end.
pub(crate) async fn read_line(socket: &mut tokio::io::BufReader<TcpStream>) -> String {
    let mut line = String::new();
    socket.read_line(&mut line).await.unwrap();
    line.trim_end().to_owned()
}

/// A name that no other test has.
pub(crate) fn run() -> String {
    format!("{}-{}", std::process::id(), next())
}

fn next() -> u64 {
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
