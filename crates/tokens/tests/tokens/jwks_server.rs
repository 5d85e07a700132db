//! A host that publishes keys: over real HTTP, well or badly, and counting.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use llama_ws_tokens::JwksUrl;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the host does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Answers this with status 200.
    Body(String),
    /// Answers with this status and these headers.
    Status(&'static str),
    /// Closes without a word.
    HangUp,
    /// Says nothing, for as long as it is asked.
    Silence,
}

impl Answer {
    pub(crate) fn keys(keys: &[Value]) -> Self {
        Self::Body(json!({"keys": keys}).to_string())
    }
}

/// The host. It is gone with the value.
pub(crate) struct JwksServer {
    port: u16,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl JwksServer {
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(Mutex::new(answer));
        let asked = Arc::new(AtomicUsize::new(0));
        let (now, count) = (Arc::clone(&answer), Arc::clone(&asked));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = now.lock().unwrap().clone();
                tokio::spawn(serve(stream, answer));
            }
        });
        Self {
            port,
            answer,
            asked,
            serving,
        }
    }

    pub(crate) fn url(&self) -> JwksUrl {
        let url = format!("http://127.0.0.1:{}/.well-known/jwks.json", self.port);
        url.parse().unwrap()
    }

    /// From now on it does this.
    pub(crate) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for JwksServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(mut stream: TcpStream, answer: Answer) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read_exact(&mut byte).await.is_err() {
            return;
        }
        request.extend(byte);
    }
    assert!(request.starts_with(b"GET /.well-known/jwks.json HTTP/1.1\r\n"));
    let answer = match answer {
        Answer::Body(body) => format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        Answer::Status(status) => format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n"),
        Answer::HangUp => return,
        Answer::Silence => return std::future::pending().await,
    };
    // A client that has read enough hangs up.
    let _ = stream.write_all(answer.as_bytes()).await;
}
