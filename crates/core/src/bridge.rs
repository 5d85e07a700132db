//! The bridge: what is published on `events:*` goes into the same log as everything else, so that
//! two listeners during a hand-over cannot double an event.

use std::time::Duration;

use futures_util::FutureExt;

use crate::channel::{Channel, EVENTS_PREFIX};
use crate::event::{Arrival, Event, Target};
use crate::ports::{Clock, EventLog, Heard, Listener, Ports, Unavailable};
use crate::service::Service;

/// Most messages in one append.
const MAX_BATCH: usize = 256;

/// Pause before an append that failed is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

impl<P: Ports> Service<P> {
    /// Appends what is heard, until the future is dropped. Whatever could not be heard is marked.
    pub(crate) async fn bridge(&self, mut listener: impl Listener) {
        loop {
            let mut heard = vec![listener.next().await];
            while heard.len() < MAX_BATCH
                && let Some(more) = listener.next().now_or_never()
            {
                heard.push(more);
            }
            if heard.contains(&Heard::Interrupted) {
                tracing::warn!("pub/sub was interrupted: events may be missing");
                while let Err(error) = self.ports().cell().append_gap().await {
                    self.wait_for_the_log(&error).await;
                }
            }
            let events: Vec<Event> = heard
                .iter()
                .filter_map(|heard| self.heard_event(heard))
                .collect();
            if events.is_empty() {
                continue;
            }
            // Appending again is safe, and giving up would lose what nobody else has.
            while let Err(error) = self.ports().cell().append(&events).await {
                self.wait_for_the_log(&error).await;
            }
        }
    }

    async fn wait_for_the_log(&self, error: &Unavailable) {
        tracing::warn!(%error, "the bridge waits for the log");
        let clock = self.ports().clock();
        clock.sleep_until(clock.now().plus(RETRY_PAUSE)).await;
    }

    fn heard_event(&self, heard: &Heard) -> Option<Event> {
        let Heard::Message { channel, payload } = heard else {
            return None;
        };
        let fallback_id = self.new_event_id();
        let arrival = Arrival {
            now: self.now(),
            fallback_id: fallback_id.clone(),
            target: Target::Derived(
                channel
                    .strip_prefix(EVENTS_PREFIX)
                    .and_then(|name| Channel::parse(name).ok()),
            ),
        };
        match Event::parse(payload, arrival) {
            Ok(event) => Some(event.copies_told_by_bytes(&fallback_id, payload)),
            Err(fault) => {
                tracing::warn!(%fault, "a published message is no event");
                None
            }
        }
    }
}
