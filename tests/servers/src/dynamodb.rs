//! DynamoDB Local on a free port, in memory, shared by the tests of one process.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::Duration;

/// A running DynamoDB Local, or one that somebody else runs (`DYNAMODB_ENDPOINT`).
#[derive(Debug)]
pub struct DynamoDb {
    endpoint: String,
    child: Option<Child>,
}

static SHARED: Mutex<Weak<DynamoDb>> = Mutex::new(Weak::new());

impl DynamoDb {
    /// One for all tests that keep to tables of their own.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no other configuration"
    )]
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return server;
        }
        let server = Arc::new(match std::env::var("DYNAMODB_ENDPOINT") {
            Ok(endpoint) if !endpoint.is_empty() => Self {
                endpoint,
                child: None,
            },
            _ => Self::start(),
        });
        *shared = Arc::downgrade(&server);
        server
    }

    /// `http://127.0.0.1:…`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    fn start() -> Self {
        let home = home();
        let port = crate::free_port();
        let child = Command::new("java")
            .current_dir(std::env::temp_dir())
            .arg(format!(
                "-Djava.library.path={}/DynamoDBLocal_lib",
                home.display()
            ))
            .arg("-jar")
            .arg(home.join("DynamoDBLocal.jar"))
            .args(["-inMemory", "-sharedDb", "-disableTelemetry", "-port"])
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("DynamoDB Local cannot be started ({error}): scripts/test sets it up")
            });
        let server = Self {
            endpoint: format!("http://127.0.0.1:{port}"),
            child: Some(child),
        };
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return server;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("DynamoDB Local does not listen: scripts/test sets it up");
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself, and then there is nothing to end.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Where scripts/setup/dynamodb puts it.
fn home() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../.tools/dynamodb/package/emulator"
    ))
}
