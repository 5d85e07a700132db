//! A WebSocket to the service: text frames there and back.

use ::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use ::http::{Response, StatusCode};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::reach::{CONNECT_TIMEOUT, Unreachable};
use super::url::SocketUrl;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// How a client says who it is: in a header, never in a URL that ends up in logs.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// An API key.
    ApiKey(String),
    /// A JWT.
    Bearer(String),
    /// The URL says it.
    InUrl,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ApiKey(_) => "ApiKey",
            Self::Bearer(_) => "Bearer",
            Self::InUrl => "InUrl",
        })
    }
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The server cannot be reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The server said no.
    #[error("{address} refused the connection: {status}{text}")]
    Refused {
        /// `HOST:PORT`.
        address: String,
        /// The status it gave.
        status: StatusCode,
        /// A comma and what the status means here, or the server's own words; or nothing.
        text: String,
    },
    /// The credential holds characters that no header can carry.
    #[error("the credential holds characters that cannot be sent")]
    Credential,
}

impl ConnectError {
    /// Whether trying again could help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Credential => false,
        }
    }
}

/// What the other side did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// It sent a frame.
    Text(Utf8Bytes),
    /// It closed, saying why.
    Closed {
        /// The close code; 1005 when there was none.
        code: u16,
        /// The reason; often empty.
        reason: String,
    },
    /// It went away without closing.
    Lost(String),
}

/// An open connection.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Connects.
    ///
    /// # Errors
    /// [`ConnectError`] when the server cannot be reached or refuses.
    pub async fn connect(url: &SocketUrl, credential: &Credential) -> Result<Self, ConnectError> {
        let request = request(url, credential)?;
        let connecting = connect_async_with_config(request, None, true);
        match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok((stream, _))) => Ok(Self { stream }),
            Ok(Err(Error::Http(response))) => Err(refused(url, &response)),
            Ok(Err(error)) => Err(unreachable(url, &error)),
            Err(_) => Err(Unreachable::TimedOut(url.authority().to_owned()).into()),
        }
    }

    /// Sends a text frame. A broken connection shows at the next [`Socket::receive`].
    pub async fn send(&mut self, text: String) {
        let _ = self.stream.send(Message::text(text)).await;
    }

    /// Waits for what comes next. Control frames are answered underneath. Cancel safe.
    pub async fn receive(&mut self) -> Incoming {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Incoming::Text(text),
                Some(Ok(Message::Close(frame))) => return closed(frame),
                // Pings are answered by the protocol; the service sends no binary frames.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Incoming::Lost(error.to_string()),
                None => return Incoming::Lost("the connection ended".to_owned()),
            }
        }
    }

    /// Says good-bye with code 1000 and waits for the answer, or answers the other side's.
    /// The caller bounds the wait.
    pub async fn close(mut self) {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: Utf8Bytes::default(),
        };
        if self.stream.close(Some(frame)).await.is_err() {
            // The other side was first: its answer is queued underneath.
            let _ = self.stream.flush().await;
            return;
        }
        while let Some(Ok(message)) = self.stream.next().await {
            if message.is_close() {
                return;
            }
        }
    }
}

fn request(url: &SocketUrl, credential: &Credential) -> Result<Request, ConnectError> {
    let mut request = url
        .uri()
        .into_client_request()
        .map_err(|error| unreachable(url, &error))?;
    let (name, value) = match credential {
        Credential::ApiKey(key) => (API_KEY, key.clone()),
        Credential::Bearer(token) => (AUTHORIZATION, format!("Bearer {token}")),
        Credential::InUrl => return Ok(request),
    };
    let mut value = HeaderValue::try_from(value).map_err(|_| ConnectError::Credential)?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(request)
}

fn unreachable(url: &SocketUrl, error: &(dyn std::error::Error + 'static)) -> ConnectError {
    Unreachable::from_error(url.authority(), error).into()
}

fn refused(url: &SocketUrl, response: &Response<Option<Vec<u8>>>) -> ConnectError {
    let status = response.status();
    let meaning = match status.as_u16() {
        401 => Some("the credential is not accepted".to_owned()),
        403 => Some("the credential may not connect".to_owned()),
        429 => Some("too many connections".to_owned()),
        503 => Some("the service is not ready".to_owned()),
        _ => response.body().as_deref().and_then(message),
    };
    let text = meaning.map_or_else(String::new, |meaning| format!(", {meaning}"));
    ConnectError::Refused {
        address: url.authority().to_owned(),
        status,
        text,
    }
}

fn message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        message: String,
    }
    serde_json::from_slice(body)
        .ok()
        .map(|body: Body| body.message)
}

fn closed(frame: Option<CloseFrame>) -> Incoming {
    match frame {
        Some(frame) => Incoming::Closed {
            code: frame.code.into(),
            reason: frame.reason.as_str().to_owned(),
        },
        None => Incoming::Closed {
            code: CloseCode::Status.into(),
            reason: String::new(),
        },
    }
}
