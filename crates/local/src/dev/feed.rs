//! `--feed`: sample events through the same door as any other.

use bytes::Bytes;
use llama_ws_core::ports::Clock;
use llama_ws_functions::{Function, SystemClock};
use llama_ws_publisher::Event;

use crate::feed::{Generator, Pace, Rate, Sink};
use crate::gateway::{Invoke, InvokeError};

struct IngestSink<I>(I);

impl<I: Invoke> Sink for IngestSink<I> {
    type Error = InvokeError;

    async fn publish(&mut self, events: Vec<Event>) -> Result<(), InvokeError> {
        let events: Vec<String> = events
            .iter()
            .filter_map(|event| event.to_json().ok())
            .collect();
        let payload = format!(r#"{{"events":[{}]}}"#, events.join(","));
        self.0
            .invoke(Function::EventIngest, Bytes::from(payload))
            .await
            .map(|_| ())
    }
}

/// Publishes until it is aborted.
pub(super) async fn run(functions: impl Invoke, rate: Rate) {
    let seed = rand::random();
    let pace = Pace { rate, count: None };
    let generator = Generator::new(seed, SystemClock.now());
    let mut sink = IngestSink(functions);
    if let Err(error) = crate::feed::run(generator, &mut sink, &SystemClock, pace).await {
        tracing::error!(%error, "the feed ended");
    }
}
