//! What waits to be written to one client: bounded in bytes, so that a client that does not read
//! costs its senders a refusal and not this process its memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Counted for each message beside its text, so that empty ones are bounded too.
const MESSAGE_OVERHEAD: usize = 64;

/// The sending half, shared by everyone who posts.
#[derive(Debug)]
pub(super) struct Outbox {
    sender: mpsc::UnboundedSender<Utf8Bytes>,
    waiting_bytes: Arc<AtomicUsize>,
    limit_bytes: usize,
}

/// The half that the connection's own task drains.
#[derive(Debug)]
pub(super) struct Waiting {
    receiver: mpsc::UnboundedReceiver<Utf8Bytes>,
    waiting_bytes: Arc<AtomicUsize>,
}

/// An empty buffer for `limit_bytes`; a single message fits whatever its size.
pub(super) fn channel(limit_bytes: usize) -> (Outbox, Waiting) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting_bytes = Arc::new(AtomicUsize::new(0));
    let outbox = Outbox {
        sender,
        waiting_bytes: waiting_bytes.clone(),
        limit_bytes,
    };
    let waiting = Waiting {
        receiver,
        waiting_bytes,
    };
    (outbox, waiting)
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PushError {
    /// The buffer is full.
    Full,
    /// The connection's task has ended.
    Closed,
}

impl Outbox {
    /// Puts a message behind those that wait.
    pub(super) fn push(&self, text: Utf8Bytes) -> Result<(), PushError> {
        let cost = text.len() + MESSAGE_OVERHEAD;
        let room = |waiting: usize| {
            let after = waiting + cost;
            (waiting == 0 || after <= self.limit_bytes).then_some(after)
        };
        self.waiting_bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .map_err(|_| PushError::Full)?;
        self.sender.send(text).map_err(|_| PushError::Closed)
    }
}

impl Waiting {
    /// The next message; `None` once nobody can send any more.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Utf8Bytes>> {
        let next = self.receiver.poll_recv(context);
        if let Poll::Ready(Some(text)) = &next {
            self.release(text);
        }
        next
    }

    /// A message that waits already, if there is one.
    pub(super) fn try_next(&mut self) -> Option<Utf8Bytes> {
        let text = self.receiver.try_recv().ok()?;
        self.release(&text);
        Some(text)
    }

    fn release(&self, text: &Utf8Bytes) {
        let cost = text.len() + MESSAGE_OVERHEAD;
        self.waiting_bytes.fetch_sub(cost, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: usize) -> Utf8Bytes {
        "x".repeat(bytes).into()
    }

    #[test]
    fn bytes_are_bounded_exactly() {
        let (outbox, mut waiting) = channel(200);

        assert_eq!(outbox.push(text(36)), Ok(()));
        assert_eq!(outbox.push(text(37)), Err(PushError::Full));
        assert_eq!(outbox.push(text(36)), Ok(()));
        assert_eq!(outbox.push(text(0)), Err(PushError::Full));
        assert_eq!(waiting.try_next(), Some(text(36)));
        assert_eq!(outbox.push(text(36)), Ok(()));
    }

    #[test]
    fn lone_message_fits_whatever_its_size() {
        let (outbox, _waiting) = channel(0);

        assert_eq!(outbox.push(text(1_000)), Ok(()));
        assert_eq!(outbox.push(text(0)), Err(PushError::Full));
    }

    #[test]
    fn ended_connection_takes_nothing() {
        let (outbox, waiting) = channel(200);
        drop(waiting);

        assert_eq!(outbox.push(text(1)), Err(PushError::Closed));
    }
}
