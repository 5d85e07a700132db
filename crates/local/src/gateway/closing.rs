//! The last words of a socket: what still waits, the close frame, and time for both to arrive.

use std::time::Duration;

use futures_util::SinkExt;
use llama_ws_core::ports::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::select;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::connection::Socket;
use super::ending::Ending;
use super::frames;
use super::outbox::Waiting;

/// How long a client may take to read its close frame and hang up.
const GRACE: Duration = Duration::from_secs(5);

/// Writes what can be written at once and leaves the rest to a task of its own, which no shutdown
/// waits for.
pub(super) fn start<C: Clock>(
    mut socket: Socket,
    mut waiting: Waiting,
    ending: &Ending,
    clock: &C,
) {
    if let Some(frame) = ending.close_frame() {
        let limit = socket.get_config().max_frame_size.unwrap_or(usize::MAX);
        while let Some(text) = waiting.try_next() {
            if frames::feed(&mut socket, text, limit).is_err() {
                return;
            }
        }
        if frames::send(&mut socket, Message::Close(Some(frame))).is_err() {
            return;
        }
    }
    let clock = clock.clone();
    tokio::spawn(async move {
        let deadline = clock.now().plus(GRACE);
        select! {
            _ = hang_up(socket) => {}
            () = clock.sleep_until(deadline) => {}
        }
    });
}

/// Ends our side and reads the client's to its end: closing with unread data would reset the
/// connection and could take the close frame with it.
async fn hang_up(mut socket: Socket) -> Result<(), Error> {
    socket.flush().await?;
    let stream = socket.get_mut();
    stream.shutdown().await?;
    discard(stream).await
}

async fn discard(stream: &mut TcpStream) -> Result<(), Error> {
    let mut scratch = [0; 1024];
    while stream.read(&mut scratch).await? > 0 {}
    Ok(())
}
