//! An HTTP server that gives every request the same answer, or none, and tells what it was asked.

use std::net::SocketAddr;

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

/// A server that runs as long as the test.
pub(crate) struct Server {
    addr: SocketAddr,
    asked: mpsc::UnboundedReceiver<Asked>,
}

impl Server {
    /// Answers with `status` and `body`.
    pub(crate) async fn answering(status: u16, body: &str) -> Self {
        let length = body.len();
        Self::start(Some(format!(
            "HTTP/1.1 {status} Told\r\nContent-Length: {length}\r\n\r\n{body}"
        )))
        .await
    }

    /// Reads and never answers.
    pub(crate) async fn hanging() -> Self {
        Self::start(None).await
    }

    async fn start(answer: Option<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (tell, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, answer.clone(), tell.clone()));
            }
        });
        Self { addr, asked }
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
    answer: Option<String>,
    tell: mpsc::UnboundedSender<Asked>,
) -> Option<()> {
    let mut read = Vec::new();
    loop {
        let asked = request(&mut socket, &mut read).await?;
        tell.send(asked).ok()?;
        if let Some(answer) = &answer {
            socket.write_all(answer.as_bytes()).await.ok()?;
        }
    }
}

/// The next request, or `None` when the client has hung up.
async fn request(socket: &mut TcpStream, read: &mut Vec<u8>) -> Option<Asked> {
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
