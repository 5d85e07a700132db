//! The socket of one connection: what comes in, what may go out, and never one for the other.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Sink, Stream};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::ending::Ending;
use super::limits::Limits;
use super::outbox::Waiting;

/// A connection's socket, with the limits that it enforces on reading.
pub(super) type Socket = WebSocketStream<TcpStream>;

/// Small buffers: ten thousand connections share one machine.
const BUFFER_BYTES: usize = 4 * 1024;

/// The socket that an accepted handshake becomes; `None` if the client is gone.
pub(super) async fn upgraded(on_upgrade: OnUpgrade, limits: &Limits) -> Option<Socket> {
    let upgraded = on_upgrade.await.ok()?;
    let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_frame_size(Some(limits.frame_bytes))
        .max_message_size(Some(limits.message_bytes));
    let stream = parts.io.into_inner();
    let read = parts.read_buf.to_vec();
    Some(WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await)
}

/// What a socket and the messages that wait for it bring next.
#[derive(Debug)]
pub(super) enum Step {
    /// The client sent this.
    Incoming(Message),
    /// This waits, and the socket accepts more.
    Outgoing(Utf8Bytes),
    /// Neither direction works any more.
    Ended(Ending),
}

/// The next step; reads only if `may_read`. Dropping the future loses nothing: what it takes, it
/// returns at once.
pub(super) async fn next_step(socket: &mut Socket, waiting: &mut Waiting, may_read: bool) -> Step {
    poll_fn(|context| {
        if may_read && let Poll::Ready(step) = poll_read(socket, context) {
            return Poll::Ready(step);
        }
        poll_write(socket, waiting, context)
    })
    .await
}

fn poll_read(socket: &mut Socket, context: &mut Context<'_>) -> Poll<Step> {
    Pin::new(socket).poll_next(context).map(|read| match read {
        Some(Ok(message)) => Step::Incoming(message),
        Some(Err(error)) => Step::Ended(Ending::of_error(&error)),
        None => Step::Ended(Ending::vanished()),
    })
}

/// Takes a message only while the socket accepts more; flushes once none waits.
fn poll_write(socket: &mut Socket, waiting: &mut Waiting, context: &mut Context<'_>) -> Poll<Step> {
    let mut socket = Pin::new(socket);
    let mut written = socket.as_mut().poll_ready(context);
    if let Poll::Ready(Ok(())) = written {
        if let Poll::Ready(Some(text)) = waiting.poll_next(context) {
            return Poll::Ready(Step::Outgoing(text));
        }
        written = socket.poll_flush(context);
    }
    match written {
        Poll::Ready(Err(error)) => Poll::Ready(Step::Ended(Ending::of_error(&error))),
        _ => Poll::Pending,
    }
}

/// Puts a text into the socket's own buffer. A frame holds 32 KB at most, in this direction as in
/// the other, so a larger message leaves as several frames.
pub(super) fn feed_text(socket: &mut Socket, text: Utf8Bytes) -> Result<(), Error> {
    let frame_bytes = socket.get_config().max_frame_size.unwrap_or(usize::MAX);
    if text.len() <= frame_bytes {
        return feed(socket, Message::Text(text));
    }
    let mut rest = Bytes::from(text);
    let mut kind = Data::Text;
    while rest.len() > frame_bytes {
        let payload = rest.split_to(frame_bytes.max(1));
        feed(socket, frame(payload, kind, false))?;
        kind = Data::Continue;
    }
    feed(socket, frame(rest, kind, true))
}

fn frame(payload: Bytes, kind: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(payload, OpCode::Data(kind), is_final))
}

/// Puts a message into the socket's own buffer, which takes it even if the network is blocked.
pub(super) fn feed(socket: &mut Socket, message: Message) -> Result<(), Error> {
    Pin::new(socket).start_send(message)
}
