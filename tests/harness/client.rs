//! A client with a real socket.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::wait::PATIENCE;

/// A handshake that was refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its status.
    pub status: u16,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed {
    /// The close code; 1005 when the frame had none, 1006 when there was no frame.
    pub code: u16,
    /// The reason.
    pub reason: String,
}

/// One connection.
pub struct Client {
    socket: WebSocketStream<TcpStream>,
    /// What the handshake answered.
    pub handshake: Response,
}

impl Client {
    /// Upgrades `path` with `headers`.
    ///
    /// # Errors
    /// [`Refused`] with the handshake's status.
    pub async fn connect(
        addr: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, Refused> {
        let mut request = format!("ws://{addr}{path}")
            .into_client_request()
            .expect("a request");
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            request
                .headers_mut()
                .append(name, HeaderValue::from_str(value).expect("a header value"));
        }
        let stream = TcpStream::connect(addr).await.expect("the port is open");
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, handshake)) => Ok(Self { socket, handshake }),
            Err(Error::Http(response)) => Err(Refused {
                status: response.status().as_u16(),
            }),
            Err(error) => panic!("the handshake failed: {error}"),
        }
    }

    /// Sends a JSON message.
    pub async fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    /// Sends text as it is.
    pub async fn send_text(&mut self, text: &str) {
        self.send_raw(Message::text(text)).await;
    }

    /// Sends any WebSocket message.
    pub async fn send_raw(&mut self, message: Message) {
        self.socket
            .send(message)
            .await
            .expect("the socket takes the message");
    }

    /// The next text frame, as it came.
    pub async fn next_text(&mut self) -> String {
        loop {
            match timeout(PATIENCE, self.socket.next())
                .await
                .expect("a frame comes")
            {
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a text frame, got {other:?}"),
            }
        }
    }

    /// The next frame, as JSON.
    pub async fn next(&mut self) -> Value {
        let text = self.next_text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The next `count` frames.
    pub async fn take(&mut self, count: usize) -> Vec<Value> {
        let mut frames = Vec::with_capacity(count);
        for _ in 0..count {
            frames.push(self.next().await);
        }
        frames
    }

    /// Sends a request and returns the next frame.
    pub async fn ask(&mut self, request: &Value) -> Value {
        self.send(request).await;
        self.next().await
    }

    /// Subscribes to channels and requires each to be joined. Answers the reply's offset.
    pub async fn join(&mut self, channels: &[&str]) -> String {
        self.join_filtered(channels, &json!({})).await
    }

    /// The same with filters.
    pub async fn join_filtered(&mut self, channels: &[&str], filters: &Value) -> String {
        let request = json!({"type": "subscribe", "channels": channels, "filters": filters});
        let reply = self.ask(&request).await;
        let joined = |channel| json!({"channel": channel, "status": "subscribed"});
        let expected: Vec<Value> = channels.iter().map(joined).collect();
        assert_eq!(reply["results"], json!(expected), "{reply}");
        reply["offset"].as_str().expect("an offset").to_owned()
    }

    /// Requires that nothing has come: a ping is answered, and its pong is the next frame.
    /// Whatever was posted before the ping was handled would have come before.
    pub async fn expect_silence(&mut self) {
        let pong = self.ask(&json!({"type": "ping"})).await;
        assert_eq!(pong["type"], "pong", "expected silence, got {pong}");
    }

    /// This connection's id.
    pub async fn id(&mut self) -> String {
        let pong = self.ask(&json!({"type": "ping"})).await;
        pong["connectionId"]
            .as_str()
            .expect("a connection id")
            .to_owned()
    }

    /// Waits for the end, ignoring frames before it.
    pub async fn closed(self) -> Closed {
        self.rest().await.1
    }

    /// The frames until the end, and the end.
    pub async fn rest(mut self) -> (Vec<Value>, Closed) {
        let mut frames = Vec::new();
        let closed = self.read_to_end(&mut frames).await;
        (frames, closed)
    }

    async fn read_to_end(&mut self, frames: &mut Vec<Value>) -> Closed {
        loop {
            match timeout(PATIENCE, self.socket.next())
                .await
                .expect("the connection ends")
            {
                Some(Ok(Message::Text(text))) => {
                    frames.push(serde_json::from_str(&text).expect("a frame is JSON"));
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Closed {
                        code: frame.code.into(),
                        reason: frame.reason.to_string(),
                    };
                }
                Some(Ok(Message::Close(None))) => {
                    return Closed {
                        code: 1005,
                        reason: String::new(),
                    };
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    return Closed {
                        code: 1006,
                        reason: String::new(),
                    };
                }
            }
        }
    }

    /// Closes as a browser does when its page asks to.
    pub async fn close(mut self) {
        // A peer that has gone already needs no goodbye.
        let _ = self.socket.close(None).await;
    }

    /// Cuts the TCP connection without a close frame.
    pub fn cut(self) {
        drop(self.socket);
    }
}
