//! Publishing: a batch of typed events into the event log, in one round trip.

use llama_ws_core::ports::{EventLog, Unavailable};
use llama_ws_core::{Arrival, Event as Checked, EventFault, EventId, Target, UnixMillis};
use llama_ws_redis::{InvalidConfig, RedisAnnouncer, RedisCell};

use crate::config::PublisherConfig;
use crate::event::Event;
use crate::outcome::{Announcement, Outcome, Published};

/// The way of a Rust Event Processor into the event log. Make one and keep it: it holds a
/// connection, and a second one if it announces. Both come back by themselves.
#[derive(Debug)]
pub struct Publisher {
    cell: RedisCell,
    announcer: Option<RedisAnnouncer>,
}

/// An event that passed, and the bytes it was made of.
struct Passed {
    event: Checked,
    json: String,
}

impl Publisher {
    /// Starts to connect; until that has succeeded, [`publish`](Self::publish) waits and then
    /// answers [`Unavailable`]. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`InvalidConfig`]; a server that cannot be reached is none.
    pub fn connect(config: &PublisherConfig) -> Result<Self, InvalidConfig> {
        let cell = RedisCell::connect(&config.cell())?;
        let announcer = config
            .announce
            .then(|| RedisAnnouncer::connect(&config.cell()));
        Ok(Self {
            cell,
            announcer: announcer.transpose()?,
        })
    }

    /// Appends the events that pass and are new, in order, in one step. It is the same door that
    /// every way into the service leads to, with the same checks.
    ///
    /// The log takes a batch as a whole and does nothing else meanwhile: a few hundred events are a
    /// good size.
    ///
    /// # Errors
    /// [`Unavailable`]: the log did not answer in time, or has no room. Some or all may have been
    /// appended. To publish the same events again is safe: they are told by their ids, for 15
    /// minutes.
    pub async fn publish(&self, events: &[Event]) -> Result<Published, Unavailable> {
        let checked: Vec<_> = events.iter().map(check).collect();
        // The log gets clones, which share their `data`.
        let passed: Vec<Checked> = checked
            .iter()
            .flatten()
            .map(|passed| passed.event.clone())
            .collect();
        let appended = self.cell.append(&passed).await?;

        let mut places = appended.outcomes.into_iter();
        let mut accepted = Vec::new();
        let mut outcomes = Vec::with_capacity(events.len());
        for item in checked {
            outcomes.push(match item {
                Err(fault) => Outcome::Rejected(fault),
                Ok(passed) => {
                    let outcome = places.next().map_or(Outcome::Duplicate, Outcome::from);
                    if matches!(outcome, Outcome::Accepted(_)) {
                        accepted.push(passed);
                    }
                    outcome
                }
            });
        }
        Ok(Published {
            outcomes,
            worker_is_live: appended.worker_is_live,
            announcement: self.announce(&accepted).await,
        })
    }

    async fn announce(&self, accepted: &[Passed]) -> Announcement {
        let Some(announcer) = &self.announcer else {
            return Announcement::Off;
        };
        let mut messages = Vec::new();
        for Passed { event, json } in accepted {
            for channel in event.channels(&event.facets()) {
                messages.push((channel, json.as_str()));
            }
        }
        match announcer.announce(&messages).await {
            Ok(()) => Announcement::Sent,
            Err(error) => {
                tracing::warn!(%error, "accepted events were not announced");
                Announcement::Failed(error)
            }
        }
    }
}

/// Checks an event as the service checks what others publish.
fn check(event: &Event) -> Result<Passed, EventFault> {
    let json = serde_json::to_string(event)
        .map_err(|error| EventFault::Invalid(format!("not written as JSON: {error}")))?;
    // A typed event always brings both.
    let arrival = Arrival {
        now: UnixMillis(event.timestamp),
        fallback_id: EventId::new(event.event_id.as_str()),
        target: Target::default(),
    };
    let event = Checked::parse(&json, arrival)?;
    Ok(Passed { event, json })
}
