//! `--feed`: sample events through the same door as any other.

use bytes::Bytes;
use llama_ws_core::ports::Clock;
use llama_ws_functions::{Function, SystemClock};
use llama_ws_publisher::Event;

use super::functions::InProcess;
use crate::feed::{Generator, Pace, Rate, Sink};
use crate::gateway::InvokeError;

struct IngestSink<C: Clock>(InProcess<C>);

impl<C: Clock> Sink for IngestSink<C> {
    type Error = InvokeError;

    async fn publish(&mut self, events: Vec<Event>) -> Result<(), InvokeError> {
        let events: Vec<String> = events
            .iter()
            .filter_map(|event| event.to_json().ok())
            .collect();
        let payload = format!(r#"{{"events":[{}]}}"#, events.join(","));
        self.0
            .run(Function::EventIngest, Bytes::from(payload))
            .await
            .map(|_| ())
    }
}

/// Publishes until it is aborted.
pub(super) async fn run(functions: InProcess<SystemClock>, rate: Rate) {
    let seed = rand::random();
    let pace = Pace { rate, count: None };
    let generator = Generator::new(seed, SystemClock.now());
    let mut sink = IngestSink(functions);
    if let Err(error) = crate::feed::run(generator, &mut sink, &SystemClock, pace).await {
        tracing::error!(%error, "the feed ended");
    }
}
