//! Ingest: from published bytes into the durable log, once each.

use crate::connection::Principal;
use crate::event::{Arrival, Event, EventFault, Target};
use crate::identifier::EventId;
use crate::ports::{AppendOutcome, EventLog, Ports, WorkerStarter};
use crate::refusal::Refusal;
use crate::service::Service;

/// One event as it came in.
#[derive(Debug, Clone)]
pub struct Incoming<'a> {
    /// Its bytes.
    pub json: &'a str,
    /// Where it goes.
    pub target: Target,
    /// Its identity if it brings none; none: this arrival is an event of its own.
    pub fallback_id: Option<EventId>,
}

/// What became of a batch, item by item: one bad event never fails its neighbours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IngestReport {
    /// New events.
    pub accepted: usize,
    /// Events whose id was there already.
    pub duplicates: usize,
    /// The refused ones, by their place in the batch.
    pub rejected: Vec<(usize, EventFault)>,
}

impl<P: Ports> Service<P> {
    /// Appends a batch and starts a worker if none is live.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`]; sending the batch again is safe.
    pub async fn ingest(&self, batch: &[Incoming<'_>]) -> Result<IngestReport, Refusal> {
        let mut report = IngestReport::default();
        let mut events = Vec::with_capacity(batch.len());
        for (index, incoming) in batch.iter().enumerate() {
            match self.parse(incoming) {
                Ok(event) => events.push(event),
                Err(fault) => {
                    tracing::warn!(index, %fault, "event rejected");
                    report.rejected.push((index, fault));
                }
            }
        }
        for outcome in self.append(&events).await? {
            match outcome {
                AppendOutcome::At(_) => report.accepted += 1,
                AppendOutcome::Duplicate => report.duplicates += 1,
            }
        }
        Ok(report)
    }

    /// Sends a broadcast: an event with a forced target. Answers its id, and whether it is new.
    ///
    /// # Errors
    /// `Forbidden` without the permission; the inner fault when the message is no event; `Unavailable`.
    pub async fn broadcast(
        &self,
        caller: &Principal,
        target: Target,
        message: &str,
    ) -> Result<Result<(EventId, AppendOutcome), EventFault>, Refusal> {
        if !caller.permissions.may_broadcast() {
            return Err(Refusal::Forbidden);
        }
        let event = match self.parse(&Incoming {
            json: message,
            target,
            fallback_id: None,
        }) {
            Ok(event) => event,
            Err(fault) => return Ok(Err(fault)),
        };
        let id = event.id.clone();
        let outcomes = self.append(&[event]).await?;
        let outcome = outcomes.first().copied().ok_or(Refusal::Unavailable)?;
        Ok(Ok((id, outcome)))
    }

    fn parse(&self, incoming: &Incoming<'_>) -> Result<Event, EventFault> {
        let arrival = Arrival {
            now: self.now(),
            fallback_id: incoming
                .fallback_id
                .clone()
                .unwrap_or_else(|| self.new_event_id()),
            target: incoming.target.clone(),
        };
        Event::parse(incoming.json, arrival)
    }

    pub(crate) fn new_event_id(&self) -> EventId {
        EventId::new(format!("srv-{:016x}{:016x}", self.random(), self.random()))
    }

    async fn append(&self, events: &[Event]) -> Result<Vec<AppendOutcome>, Refusal> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let appended = self.ports().cell().append(events).await?;
        if !appended.worker_is_live {
            self.ports().starter().start().await;
        }
        Ok(appended.outcomes)
    }
}
