//! Pub/sub in memory: what the Event Processor's `PUBLISH events:<channel>` reaches.

use llama_ws_core::EVENTS_PREFIX;
use llama_ws_core::ports::{Announcements, Heard, Listener, Unavailable};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::shared::Shared;

/// Most messages that wait for a listener; one that falls further behind is interrupted.
const BACKLOG: usize = 10_000;

/// A clonable handle to one server. It remembers nothing: who does not listen does not hear.
#[derive(Debug, Clone)]
pub struct MemoryAnnouncements {
    shared: Shared<broadcast::Sender<Heard>>,
}

/// A subscription to every `events:*` channel.
#[derive(Debug)]
pub struct MemoryListener {
    heard: broadcast::Receiver<Heard>,
    /// Keeps the channel open when every handle is gone: silence is not an end.
    _server: broadcast::Sender<Heard>,
}

impl MemoryAnnouncements {
    /// A server that nobody listens to.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Shared::new("redis", broadcast::Sender::new(BACKLOG)),
        }
    }

    /// Publishes a message, and tells how many listeners it reached: as Redis, none is no fault.
    pub fn publish(&self, channel: &str, payload: &str) -> usize {
        if !channel.starts_with(EVENTS_PREFIX) {
            return 0;
        }
        self.tell(Heard::Message {
            channel: channel.to_owned(),
            payload: payload.to_owned(),
        })
    }

    /// Every listener learns that it may have missed something.
    pub fn interrupt(&self) {
        self.tell(Heard::Interrupted);
    }

    /// Nobody can start to listen while this is on.
    pub fn fail(&self, on: bool) {
        self.shared.fail(on);
    }

    fn tell(&self, heard: Heard) -> usize {
        self.shared.set_up().send(heard).unwrap_or_default()
    }
}

impl Default for MemoryAnnouncements {
    fn default() -> Self {
        Self::new()
    }
}

impl Announcements for MemoryAnnouncements {
    type Listener = MemoryListener;

    async fn listen(&self) -> Result<MemoryListener, Unavailable> {
        let server = self.shared.open()?;
        Ok(MemoryListener {
            heard: server.subscribe(),
            _server: server.clone(),
        })
    }
}

impl Listener for MemoryListener {
    async fn next(&mut self) -> Heard {
        match self.heard.recv().await {
            Ok(heard) => heard,
            // It cannot be closed while this listener holds a sender.
            Err(RecvError::Lagged(_) | RecvError::Closed) => Heard::Interrupted,
        }
    }
}
