//! Servers for the tests of this crate's clients, on free ports.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{HttpUrl, SocketUrl};

/// An address at which nobody listens for as long as the socket lives.
pub(crate) fn silent_address() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// What `future` gives; a test that waits for what never comes fails instead of hanging.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    let deadline = Duration::from_secs(30);
    tokio::time::timeout(deadline, future)
        .await
        .expect("it comes before the deadline")
}

/// Gives every request the same answer and remembers it.
pub(crate) struct EventsServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<(String, String)>>>,
}

impl EventsServer {
    pub(crate) async fn start(status: u16, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::default();
        tokio::spawn(serve(listener, status, answer, Arc::clone(&requests)));
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> HttpUrl {
        format!("http://{}", self.address).parse().unwrap()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .map(|(_, body)| body.clone())
            .collect()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .map(|(path, _)| path.clone())
            .collect()
    }
}

async fn serve(
    listener: TcpListener,
    status: u16,
    answer: &'static str,
    requests: Arc<Mutex<Vec<(String, String)>>>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let requests = Arc::clone(&requests);
        let service = service_fn(move |request: Request<Incoming>| {
            let requests = Arc::clone(&requests);
            async move {
                let path = format!("{} {}", request.method(), request.uri());
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let body = String::from_utf8(body.to_vec()).unwrap();
                requests.lock().unwrap().push((path, body));
                let body = Full::new(Bytes::from_static(answer.as_bytes()));
                Ok::<_, Infallible>(Response::builder().status(status).body(body).unwrap())
            }
        });
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
    }
}

/// A WebSocket server whose other end is the test itself.
pub(crate) struct SocketServer {
    listener: TcpListener,
}

/// One connection of a [`SocketServer`], with the headers and the path it came with.
pub(crate) struct Peer {
    pub(crate) path: String,
    pub(crate) api_key: Option<String>,
    pub(crate) authorization: Option<String>,
    stream: WebSocketStream<TcpStream>,
}

impl SocketServer {
    pub(crate) async fn start() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        }
    }

    pub(crate) fn url(&self) -> SocketUrl {
        format!("ws://{}", self.listener.local_addr().unwrap())
            .parse()
            .unwrap()
    }

    /// Takes the next connection.
    #[expect(clippy::result_large_err, reason = "the handshake callback's own type")]
    pub(crate) async fn accept(&self) -> Peer {
        let (stream, _) = within(self.listener.accept()).await.unwrap();
        let mut seen = (String::new(), None, None);
        let stream =
            tokio_tungstenite::accept_hdr_async(stream, |request: &server::Request, response| {
                let header = |name| {
                    request
                        .headers()
                        .get(name)
                        .map(|value| value.to_str().unwrap().to_owned())
                };
                seen = (
                    request.uri().to_string(),
                    header("x-api-key"),
                    header("authorization"),
                );
                Ok(response)
            });
        let stream = stream.await.unwrap();
        let (path, api_key, authorization) = seen;
        Peer {
            path,
            api_key,
            authorization,
            stream,
        }
    }

    /// Answers the next connection with an HTTP status.
    #[expect(clippy::result_large_err, reason = "the handshake callback's own type")]
    pub(crate) async fn refuse(&self, status: u16) {
        let (stream, _) = within(self.listener.accept()).await.unwrap();
        let refused = tokio_tungstenite::accept_hdr_async(
            stream,
            |_: &server::Request, _: server::Response| {
                Err(Response::builder().status(status).body(None).unwrap())
            },
        );
        assert!(matches!(refused.await, Err(Error::Http(_))));
    }
}

impl Peer {
    /// The client's next text frame, as JSON.
    pub(crate) async fn request(&mut self) -> serde_json::Value {
        match within(self.stream.next()).await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text frame but {other:?}"),
        }
    }

    pub(crate) async fn send(&mut self, frame: impl Into<String>) {
        self.stream.send(Message::text(frame.into())).await.unwrap();
    }

    /// The code with which the client closes; the close is answered.
    pub(crate) async fn close_code(&mut self) -> u16 {
        let code = match within(self.stream.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => frame.code.into(),
            other => panic!("no close frame but {other:?}"),
        };
        while let Some(Ok(_)) = within(self.stream.next()).await {}
        code
    }

    /// Closes from this side; the client answers.
    pub(crate) async fn close(&mut self, code: u16) {
        let frame = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        self.stream.close(Some(frame)).await.unwrap();
        let mut answered = false;
        while let Some(Ok(message)) = within(self.stream.next()).await {
            answered |= message.is_close();
        }
        assert!(answered, "the close was not answered");
    }
}
