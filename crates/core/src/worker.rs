//! The worker: holds the lease of its slot, follows both logs, and is the only writer to its sockets.

mod deadlines;
mod engine;
mod order;
mod run;

use std::time::Duration;

use crate::ports::{
    Acquired, Candidate, Clock, EventLog, Lease, Leases, Ports, Slot, Unavailable, WorkLog,
};
use crate::service::Service;

/// A holder this close to the end of its invocation may be joined by a standby: the schedule's
/// period, a start, and loading the index, with room to spare.
const JOIN_BEFORE_END: Duration = Duration::from_secs(150);

/// Between two marks of a standby.
const STANDBY_INTERVAL: Duration = Duration::from_millis(250);

/// How an invocation of the worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkEnd {
    /// Somebody else works, and will for long enough.
    NotNeeded,
    /// It gave the lease to a standby.
    HandedOver,
    /// It gave the lease up with nothing left to do.
    Released,
    /// Its time was over with work left: the lease runs out and the next candidate goes on.
    OutOfTime,
    /// Somebody else had taken the lease.
    Lost,
}

impl<P: Ports> Service<P> {
    /// Works on `slot` until the candidate's deadline, if it is needed.
    ///
    /// # Errors
    /// [`Unavailable`] when the lease or the membership cannot be read.
    pub async fn work(&self, slot: Slot, candidate: &Candidate) -> Result<WorkEnd, Unavailable> {
        let Some(lease) = self.take_lease(slot, candidate).await? else {
            return Ok(WorkEnd::NotNeeded);
        };
        if lease.first {
            self.ports().cell().append_gap().await?;
        }
        let members = self.ports().cell().members(slot).await?;
        tracing::info!(
            owner = candidate.owner,
            connections = members.documents.len(),
            "worker starts"
        );
        let end = run::run(self, slot, candidate, lease, members).await;
        tracing::info!(owner = candidate.owner, ?end, "worker ends");
        Ok(end)
    }

    /// Takes the lease at once, or as a standby when the holder is about to leave.
    async fn take_lease(
        &self,
        slot: Slot,
        candidate: &Candidate,
    ) -> Result<Option<Lease>, Unavailable> {
        let clock = self.ports().clock();
        let mut answer = self.ports().cell().acquire(slot, candidate).await?;
        loop {
            let holder_deadline = match answer {
                Acquired::Granted(lease) => return Ok(Some(lease)),
                Acquired::Held { holder_deadline } => holder_deadline,
            };
            let now = clock.now();
            let outlives_holder = candidate.deadline > holder_deadline;
            if holder_deadline.since(now) > JOIN_BEFORE_END
                || !outlives_holder
                || now >= candidate.deadline
            {
                return Ok(None);
            }
            answer = self.ports().cell().stand_by(slot, candidate).await?;
            if matches!(answer, Acquired::Held { .. }) {
                clock.sleep_until(now.plus(STANDBY_INTERVAL)).await;
            }
        }
    }
}
