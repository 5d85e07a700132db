//! A TCP connection that says exactly what it is told, right or wrong.

use std::net::SocketAddr;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::wait::PATIENCE;

/// Frames of RFC 6455, by their first byte: final, no extension.
pub mod opcode {
    /// Continues the message before.
    pub const CONTINUATION: u8 = 0x0;
    /// Text.
    pub const TEXT: u8 = 0x1;
    /// Bytes.
    pub const BINARY: u8 = 0x2;
    /// The end.
    pub const CLOSE: u8 = 0x8;
    /// Are you there?
    pub const PING: u8 = 0x9;
    /// Yes.
    pub const PONG: u8 = 0xa;
    /// Or this to the opcode of a message's last frame.
    pub const FINAL: u8 = 0x80;
}

/// One TCP connection.
pub struct Raw {
    stream: TcpStream,
}

impl Raw {
    /// Connects.
    pub async fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await.expect("the port is open");
        Self { stream }
    }

    /// Connects with a receive buffer as small as the system allows.
    pub async fn open_small(addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(1).expect("a smaller buffer");
        let stream = socket.connect(addr).await.expect("the port is open");
        Self { stream }
    }

    /// Sends a well-formed upgrade request and answers the response's head.
    pub async fn upgrade(&mut self, path: &str, headers: &[(&str, &str)]) -> String {
        self.send(handshake(path, headers).as_bytes()).await;
        self.head().await
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .await
            .expect("the socket takes bytes");
    }

    /// Sends bytes, even if the other side has already gone.
    pub async fn try_send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Reads a response's head, up to the empty line.
    pub async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte().await.expect("the head is whole"));
        }
        String::from_utf8(head).expect("a head is text")
    }

    /// The next frame's first byte and payload; none at the end of the connection.
    pub async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = self.byte().await?;
        let length = match self.byte().await? {
            126 => u64::from(u16::from_be_bytes(self.bytes().await?)),
            127 => u64::from_be_bytes(self.bytes().await?),
            length => u64::from(length),
        };
        let mut payload = vec![0; usize::try_from(length).expect("a frame fits memory")];
        self.read_exact(&mut payload).await?;
        Some((first, payload))
    }

    /// Reads to the close frame's code; 1006 when the connection ends without one.
    pub async fn close_code(&mut self) -> u16 {
        while let Some((first, payload)) = self.frame().await {
            if first == opcode::FINAL | opcode::CLOSE {
                let code = payload.first_chunk().copied();
                return code.map_or(1005, u16::from_be_bytes);
            }
        }
        1006
    }

    /// Whether the other side has closed, as far as is known now.
    #[must_use]
    pub fn has_ended(&mut self) -> bool {
        self.byte().now_or_never() == Some(None)
    }

    async fn byte(&mut self) -> Option<u8> {
        self.bytes::<1>().await.map(|[byte]| byte)
    }

    async fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes).await?;
        Some(bytes)
    }

    async fn read_exact(&mut self, bytes: &mut [u8]) -> Option<()> {
        let read = timeout(PATIENCE, self.stream.read_exact(bytes)).await;
        read.expect("bytes come, or the end").ok().map(|_| ())
    }
}

/// An upgrade request; headers keep the case they are written in.
#[must_use]
pub fn handshake(path: &str, headers: &[(&str, &str)]) -> String {
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request
}

/// A client's frame, masked as clients must.
#[must_use]
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = header(first, payload.len(), 0x80);
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
    frame
}

/// A frame without a mask, as only servers may send it.
#[must_use]
pub fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len(), 0);
    frame.extend(payload);
    frame
}

fn header(first: u8, length: usize, mask_bit: u8) -> Vec<u8> {
    let mut header = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length < 126 => header.push(mask_bit | length),
        (_, Ok(length)) => {
            header.push(mask_bit | 126);
            header.extend(length.to_be_bytes());
        }
        _ => {
            header.push(mask_bit | 127);
            header.extend((length as u64).to_be_bytes());
        }
    }
    header
}
