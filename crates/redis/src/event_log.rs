//! Ingest: a batch of events is one script, however many there are.

use fred::types::Value;
use llama_ws_core::ports::{AppendOutcome, Appended, EventLog, Unavailable};
use llama_ws_core::{Event, Offset};

use crate::cell::millis;
use crate::fault::unavailable;
use crate::scripts::{APPEND, APPEND_GAP};
use crate::{RedisCell, reply};

impl EventLog for RedisCell {
    async fn append(&self, events: &[Event]) -> Result<Appended, Unavailable> {
        let mut keys = vec![self.keys.events(), self.keys.counts(), self.keys.leases()];
        let mut arguments = self.log_bounds();
        for event in events {
            let repeat = event.repeat_key();
            keys.push(self.keys.event_id(&repeat.key));
            arguments.push(millis(repeat.window));
            arguments.push(json_of(event)?);
        }
        let answer = self.run(&APPEND, keys, arguments).await?;
        let mut answer = reply::list(answer)?.into_iter();
        let live = answer.next().unwrap_or(Value::Null);
        let outcomes: Vec<_> = answer.map(outcome).collect::<Result<_, _>>()?;
        if outcomes.len() != events.len() {
            return Err(unavailable("answered for another number of events"));
        }
        Ok(Appended {
            outcomes,
            worker_is_live: reply::flag(live)?,
        })
    }

    async fn append_gap(&self) -> Result<Offset, Unavailable> {
        let keys = vec![self.keys.events(), self.keys.counts()];
        reply::offset(self.run(&APPEND_GAP, keys, self.log_bounds()).await?)
    }
}

impl RedisCell {
    fn log_bounds(&self) -> Vec<String> {
        vec![
            millis(self.bounds.event_age),
            self.bounds.max_events.to_string(),
            self.bounds.max_event_bytes.to_string(),
        ]
    }
}

fn json_of(event: &Event) -> Result<String, Unavailable> {
    serde_json::to_string(event)
        .map_err(|error| unavailable(format!("an event cannot be written: {error}")))
}

/// A place, or nothing for a repeat.
fn outcome(place: Value) -> Result<AppendOutcome, Unavailable> {
    let place = reply::offset(place)?;
    Ok(if place == Offset::ZERO {
        AppendOutcome::Duplicate
    } else {
        AppendOutcome::At(place)
    })
}
