//! The last words of a socket: what still waits, the close frame, and time for both to arrive.

use std::time::Duration;

use futures_util::SinkExt;
use llama_ws_core::ports::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::select;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::ending::Ending;
use super::outbox::Waiting;
use super::socket::{self, Socket};

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
    if let Some(frame) = ending.close_frame()
        && last_words(&mut socket, &mut waiting, frame).is_err()
    {
        return;
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

fn last_words(socket: &mut Socket, waiting: &mut Waiting, close: CloseFrame) -> Result<(), Error> {
    while let Some(text) = waiting.try_next() {
        socket::feed_text(socket, text)?;
    }
    socket::feed(socket, Message::Close(Some(close)))
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
