//! DynamoDB Local on a free port, in memory, shared by the tests of one process.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::Duration;

use crate::process::{Process, folder};

/// A running DynamoDB Local, or one that somebody else runs (`DYNAMODB_ENDPOINT`).
#[derive(Debug)]
pub struct DynamoDb {
    endpoint: String,
    _process: Option<Process>,
}

static SHARED: Mutex<Weak<DynamoDb>> = Mutex::new(Weak::new());

impl DynamoDb {
    /// One for all tests that keep to tables of their own.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return server;
        }
        let server = Arc::new(match crate::given("DYNAMODB_ENDPOINT") {
            Some(endpoint) => Self {
                endpoint,
                _process: None,
            },
            None => Self::start(),
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
        let home = crate::tools("dynamodb/package/emulator");
        let port = crate::free_port();
        let mut java = Command::new("java");
        java.arg(format!(
            "-Djava.library.path={}/DynamoDBLocal_lib",
            home.display()
        ))
        .arg("-jar")
        .arg(home.join("DynamoDBLocal.jar"))
        .args(["-inMemory", "-sharedDb", "-disableTelemetry", "-port"])
        .arg(port.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
        let server = Self {
            endpoint: format!("http://127.0.0.1:{port}"),
            _process: Some(Process::start(java, &folder())),
        };
        for _ in 0..600 {
            if let Ok(socket) = TcpStream::connect(("127.0.0.1", port)) {
                warm_up(socket);
                return server;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("DynamoDB Local does not listen: scripts/test sets it up");
    }
}

/// Waits for the first answer: a virtual machine takes its time for it, and a client of the service
/// waits 1.5 s.
fn warm_up(mut socket: TcpStream) {
    const REQUEST: &str = concat!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n",
        "content-type: application/x-amz-json-1.0\r\n",
        "x-amz-target: DynamoDB_20120810.ListTables\r\n",
        "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, ",
        "SignedHeaders=host, Signature=0\r\n\r\n{}"
    );
    let longest = Some(Duration::from_secs(30));
    socket.set_read_timeout(longest).expect("a time to wait");
    socket.write_all(REQUEST.as_bytes()).expect("it listens");
    let mut first = [0];
    socket.read_exact(&mut first).expect("it answers");
}
