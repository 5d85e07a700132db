//! An HTTP server that gives every request the same answer, or none, or does as it is told for
//! each, and tells what it was asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::support::soon;

/// One request as it came.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Asked {
    /// Method and path.
    pub(crate) fn line(&self) -> &str {
        self.head.split(" HTTP/").next().unwrap_or_default()
    }

    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.to_ascii_lowercase() == name).then(|| value.trim())
        })
    }
}

/// What a server does about a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Sends this and reads on.
    Say(String),
    /// Sends this and hangs up.
    SayAndClose(String),
    /// Nothing, ever.
    Hang,
}

impl Act {
    /// A whole answer.
    pub(crate) fn answer(status: u16, body: &str) -> Self {
        let length = body.len();
        Self::Say(format!(
            "HTTP/1.1 {status} Told\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// The same, and then the end of the connection, which the answer does not announce.
    pub(crate) fn last_answer(status: u16) -> Self {
        match Self::answer(status, "") {
            Self::Say(text) => Self::SayAndClose(text),
            other => other,
        }
    }
}

/// Which request it is: of which connection, and the how manieth on it, both from 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) connection: usize,
    pub(crate) request: usize,
}

type Script = dyn Fn(Turn) -> Act + Send + Sync;

/// A server that runs as long as the test.
pub(crate) struct Server {
    addr: SocketAddr,
    asked: mpsc::UnboundedReceiver<Asked>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Answers with `status` and `body`.
    pub(crate) async fn answering(status: u16, body: &str) -> Self {
        let answer = Act::answer(status, body);
        Self::acting(move |_| answer.clone()).await
    }

    /// Reads and never answers.
    pub(crate) async fn hanging() -> Self {
        Self::acting(|_| Act::Hang).await
    }

    /// Does about each request what `script` says.
    pub(crate) async fn acting(script: impl Fn(Turn) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let script: Arc<Script> = Arc::new(script);
        let (tell, asked) = mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let connection = count.fetch_add(1, Ordering::SeqCst);
                let script = Arc::clone(&script);
                tokio::spawn(serve(socket, connection, script, tell.clone()));
            }
        });
        Self {
            addr,
            asked,
            connections,
        }
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The next request.
    pub(crate) async fn asked(&mut self) -> Asked {
        soon(self.asked.recv()).await.expect("server runs")
    }

    /// How many requests came that were not taken with `asked`.
    pub(crate) fn left(&self) -> usize {
        self.asked.len()
    }
}

async fn serve(
    mut socket: TcpStream,
    connection: usize,
    script: Arc<Script>,
    tell: mpsc::UnboundedSender<Asked>,
) -> Option<()> {
    let mut read = Vec::new();
    for request in 0.. {
        let asked = next_request(&mut socket, &mut read).await?;
        tell.send(asked).ok()?;
        match script(Turn {
            connection,
            request,
        }) {
            Act::Say(text) => socket.write_all(text.as_bytes()).await.ok()?,
            Act::SayAndClose(text) => return socket.write_all(text.as_bytes()).await.ok(),
            Act::Hang => {}
        }
    }
    None
}

/// The next request, or `None` when the client has hung up.
async fn next_request(socket: &mut TcpStream, read: &mut Vec<u8>) -> Option<Asked> {
    let head_bytes = loop {
        if let Some(at) = read.windows(4).position(|end| end == b"\r\n\r\n") {
            break at + 4;
        }
        (socket.read_buf(read).await.ok()? > 0).then_some(())?;
    };
    let head = String::from_utf8_lossy(&read[..head_bytes]).into_owned();
    let mut asked = Asked {
        head,
        body: String::new(),
    };
    let length = asked.header("content-length").unwrap_or("0");
    let all_bytes = head_bytes + length.parse::<usize>().unwrap();
    while read.len() < all_bytes {
        (socket.read_buf(read).await.ok()? > 0).then_some(())?;
    }
    asked.body = String::from_utf8_lossy(&read[head_bytes..all_bytes]).into_owned();
    read.drain(..all_bytes);
    Some(asked)
}
