//! Announcements: Redis pub/sub, as the Event Processor publishes today (`events:*`).

use super::Unavailable;

/// Subscribes to every `events:*` channel, on a connection of its own.
pub trait Announcements: Send + Sync {
    /// What is heard.
    type Listener: Listener;

    /// Starts to listen; what is published from now on is heard.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn listen(&self) -> impl Future<Output = Result<Self::Listener, Unavailable>> + Send;
}

/// A subscription.
pub trait Listener: Send {
    /// The next thing heard. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Heard> + Send;
}

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A message.
    Message {
        /// The channel's full name, `events:…`.
        channel: String,
        /// The message, if it is text.
        payload: String,
    },
    /// The connection was lost and is back: messages may be missing before this point.
    Interrupted,
}
