//! Each port call as one step over the state.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::select;
use llama_ws_core::ports::{
    Acquired, Admission, Admitted, Appended, Batch, Candidate, CatchUps, Checkpoint, Clock, Cursor,
    EventLog, Health, History, Leases, Members, Membership, Publication, Released, Renewal,
    RequestKind, Slot, Statistics, Token, Unavailable, Upkeep, Verdict, WorkLog,
};
use llama_ws_core::{
    CatchUp, ConnectionDocument, ConnectionId, Counts, Event, Offset, Policy, UnixMillis,
};

use super::MemoryCell;

impl<C: Clock> Admission for MemoryCell<C> {
    async fn admit_connect(&self, ip: &str, policy: &Policy) -> Result<Verdict, Unavailable> {
        self.step(|state, now| state.limits.admit_connect(ip, policy, now))
    }

    async fn admit_request(
        &self,
        id: &ConnectionId,
        kind: RequestKind,
        policy: &Policy,
    ) -> Result<Admitted, Unavailable> {
        self.step(|state, now| Admitted {
            verdict: state.limits.admit_request(id, kind, policy, now),
            document: state
                .directory
                .get(id, now)
                .map(|document| ConnectionDocument::clone(document)),
        })
    }

    async fn begin_wait(&self, id: &ConnectionId, places: u32) -> Result<bool, Unavailable> {
        self.step(|state, now| state.waits.begin(id, places, now))
    }

    async fn end_wait(&self, id: &ConnectionId) -> Result<(), Unavailable> {
        self.step(|state, _| state.waits.end(id))
    }
}

impl<C: Clock> Membership for MemoryCell<C> {
    async fn publish(
        &self,
        document: &ConnectionDocument,
        allowance: Option<u32>,
    ) -> Result<Publication, Unavailable> {
        self.step(|state, now| state.publish(document, allowance, now))
    }

    async fn remove(&self, document: &ConnectionDocument) -> Result<(), Unavailable> {
        self.step(|state, now| state.remove(document, now))
    }

    async fn is_live(&self, id: &ConnectionId) -> Result<bool, Unavailable> {
        self.step(|state, now| state.directory.get(id, now).is_some())
    }
}

impl<C: Clock> EventLog for MemoryCell<C> {
    async fn append(&self, events: &[Event]) -> Result<Appended, Unavailable> {
        self.step(|state, now| state.append(events, now))
    }

    async fn append_gap(&self) -> Result<Offset, Unavailable> {
        self.step(|state, now| state.append_gap(now))
    }
}

impl<C: Clock> WorkLog for MemoryCell<C> {
    async fn members(&self, slot: Slot) -> Result<Members, Unavailable> {
        self.step(|state, now| state.members(slot, now))
    }

    async fn read(
        &self,
        slot: Slot,
        cursor: Cursor,
        count: usize,
        wait: Duration,
    ) -> Result<Batch, Unavailable> {
        let deadline = self.clock.now().plus(wait);
        // Subscribed before the first look: what comes after a look ends the wait that follows it.
        let mut stirred = self.stirred.subscribe();
        loop {
            let (batch, now) = self.step(|state, now| (state.read(slot, cursor, count), now))?;
            // Another slot's change is news as well: how far the log was read.
            if batch.read_to != cursor || now >= deadline {
                return Ok(batch);
            }
            let timer = pin!(self.clock.sleep_until(deadline));
            select(pin!(stirred.changed()), timer).await;
        }
    }
}

impl<C: Clock> CatchUps for MemoryCell<C> {
    async fn publish_catch_up(
        &self,
        document: &ConnectionDocument,
        catch_up: &CatchUp,
    ) -> Result<Publication, Unavailable> {
        self.step(|state, now| state.publish_catch_up(document, catch_up, now))
    }

    async fn end_replays(&self, ids: &[ConnectionId]) -> Result<(), Unavailable> {
        self.step(|state, _| ids.iter().for_each(|id| state.limits.end_replay(id)))
    }

    async fn history(&self, up_to: Offset, count: usize) -> Result<History, Unavailable> {
        self.step(|state, _| state.history(up_to, count))
    }
}

impl<C: Clock> Leases for MemoryCell<C> {
    async fn acquire(&self, slot: Slot, candidate: &Candidate) -> Result<Acquired, Unavailable> {
        self.step(|state, now| state.leases.acquire(slot, candidate, now))
    }

    async fn stand_by(&self, slot: Slot, candidate: &Candidate) -> Result<Acquired, Unavailable> {
        self.step(|state, now| state.leases.stand_by(slot, candidate, now))
    }

    async fn checkpoint(
        &self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
    ) -> Result<Renewal, Unavailable> {
        self.step(|state, now| state.leases.checkpoint(slot, token, progress, now))
    }

    async fn release(
        &self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
    ) -> Result<Released, Unavailable> {
        self.step(|state, now| {
            let last_event = state.end().events;
            state.leases.release(slot, token, progress, last_event, now)
        })
    }
}

impl<C: Clock> Statistics for MemoryCell<C> {
    async fn counts(&self) -> Result<Counts, Unavailable> {
        self.step(|state, _| state.leases.counts())
    }
}

impl<C: Clock> Upkeep for MemoryCell<C> {
    async fn begin_epoch(&self, floor: Offset) -> Result<Offset, Unavailable> {
        self.step(|state, now| state.begin_epoch(floor, now))
    }

    async fn restore(&self, documents: &[ConnectionDocument]) -> Result<(), Unavailable> {
        self.step(|state, now| state.restore(documents, now))
    }

    async fn sample_live(&self, count: usize) -> Result<Vec<ConnectionId>, Unavailable> {
        self.step(|state, now| state.directory.sample(count, now))
    }

    async fn discard(&self, id: &ConnectionId, before: UnixMillis) -> Result<bool, Unavailable> {
        self.step(|state, now| state.discard(id, before, now))
    }
}

impl<C: Clock> Health for MemoryCell<C> {
    const NAME: &'static str = "redis";

    async fn check(&self) -> Result<(), Unavailable> {
        self.step(|_, _| ())
    }
}
