//! Where a feed's events go.

use std::future::Future;

use llama_ws_publisher::{EncodeError, Event};

use crate::client::{Answer, EventsClient, PublishError};

/// Takes a feed's events: a server elsewhere, or the one in this process.
pub trait Sink {
    /// Why events cannot be taken.
    type Error;

    /// Takes `events`, in order; they are out when the future is done.
    ///
    /// # Errors
    /// Ends the feed.
    fn publish(
        &mut self,
        events: Vec<Event>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Sends a feed's events to a server and keeps count of its verdicts.
#[derive(Debug)]
pub struct HttpSink {
    client: EventsClient,
    /// All verdicts so far; rejections by their place in their own batch.
    pub total: Answer,
}

/// Why a server did not take a feed's events.
#[derive(Debug, thiserror::Error)]
pub enum HttpSinkError {
    /// An event could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The server gave no verdict.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl HttpSink {
    /// A sink for `client`'s server.
    #[must_use]
    pub fn new(client: EventsClient) -> Self {
        Self {
            client,
            total: Answer::default(),
        }
    }
}

impl Sink for HttpSink {
    type Error = HttpSinkError;

    async fn publish(&mut self, events: Vec<Event>) -> Result<(), HttpSinkError> {
        let texts = events
            .iter()
            .map(Event::to_json)
            .collect::<Result<Vec<_>, _>>()?;
        self.total += self.client.publish(&texts).await?;
        Ok(())
    }
}
