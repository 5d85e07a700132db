//! Messages to frames. A frame holds 32 KB at most, in this direction as in the other, so a
//! larger message leaves as several frames.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Sink;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::connection::Socket;

/// Puts a message into the socket's own buffer, as frames of at most `frame_bytes`.
pub(super) fn feed(socket: &mut Socket, text: Utf8Bytes, frame_bytes: usize) -> Result<(), Error> {
    if text.len() <= frame_bytes {
        return send(socket, Message::Text(text));
    }
    let mut rest = Bytes::from(text);
    let mut kind = Data::Text;
    while rest.len() > frame_bytes {
        let payload = rest.split_to(frame_bytes.max(1));
        send(socket, frame(payload, kind, false))?;
        kind = Data::Continue;
    }
    send(socket, frame(rest, kind, true))
}

fn frame(payload: Bytes, kind: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(payload, OpCode::Data(kind), is_final))
}

/// Queues one frame; a socket that is blocked still takes it.
pub(super) fn send(socket: &mut Socket, message: Message) -> Result<(), Error> {
    Pin::new(socket).start_send(message)
}
