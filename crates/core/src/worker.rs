//! The worker: holds the lease of its slot, follows both logs, and is the only writer to its sockets.

mod deadlines;
mod engine;
#[cfg(test)]
mod entries;
mod history;
mod inherited;
mod order;
mod replays;
mod rewind;
mod run;
mod turns;

#[cfg(feature = "measure")]
pub(crate) use engine::Engine;

use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};

use crate::offset::Offset;
use crate::ports::{
    Acquired, Announcements, Batch, Candidate, ChangeKind, Clock, Cursor, EventLog, Lease, Leases,
    Members, Ports, Slot, Unavailable, WorkLog,
};
use crate::rebuild::Rebuilt;
use crate::service::Service;
use crate::time::UnixMillis;

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
    /// Works on `slot` until the candidate's deadline, if it is needed. A standby listens to pub/sub
    /// before it holds the lease, so that a hand-over hears everything; whoever finds the lease free
    /// listens first and marks the gap then.
    ///
    /// # Errors
    /// [`Unavailable`] when the lease or the membership cannot be read.
    pub async fn work(&self, slot: Slot, candidate: &Candidate) -> Result<WorkEnd, Unavailable> {
        let answer = self.ports().cell().acquire(slot, candidate).await?;
        if let Acquired::Held { holder_deadline } = answer
            && !self.may_join(candidate, holder_deadline)
        {
            return Ok(WorkEnd::NotNeeded);
        }
        let working = pin!(self.hold(slot, candidate, answer).fuse());
        if slot.index > 0 {
            return working.await;
        }
        let listener = self.ports().announcements().listen().await?;
        let bridging = pin!(self.bridge(listener).fuse());
        match select(working, bridging).await {
            Either::Left((end, _)) => end,
            Either::Right(((), working)) => working.await,
        }
    }

    /// Holds the lease until the end; takes it again if the store has lost it.
    async fn hold(
        &self,
        slot: Slot,
        candidate: &Candidate,
        mut answer: Acquired,
    ) -> Result<WorkEnd, Unavailable> {
        let mut unattended = matches!(answer, Acquired::Granted(_));
        let mut floor = Offset::ZERO;
        let mut end = WorkEnd::NotNeeded;
        loop {
            let Some(lease) = self.take_lease(slot, candidate, answer).await? else {
                return Ok(end);
            };
            if lease.first {
                if self.rebuild(slot, &lease, floor).await? == Rebuilt::Lost {
                    return Ok(WorkEnd::Lost);
                }
            } else if unattended {
                self.ports().cell().append_gap().await?;
            }
            let members = self.ports().cell().members(slot).await?;
            tracing::info!(
                owner = candidate.owner,
                connections = members.documents.len(),
                "worker starts"
            );
            let backlog = self.backlog(slot, &lease, &members).await?;
            let shift = run::run(self, slot, candidate, lease, members, backlog).await;
            tracing::info!(owner = candidate.owner, end = ?shift.end, "worker ends");
            if shift.end != WorkEnd::Lost {
                return Ok(shift.end);
            }
            // Either somebody else took it, or the store has forgotten that it was ours.
            (end, floor, unattended) = (shift.end, shift.read_to, true);
            answer = self.ports().cell().acquire(slot, candidate).await?;
        }
    }

    /// What waits since the last holder's cursor: read on until every change before `members` is there.
    async fn backlog(
        &self,
        slot: Slot,
        lease: &Lease,
        members: &Members,
    ) -> Result<Vec<Batch>, Unavailable> {
        let cell = self.ports().cell();
        let mut batches = Vec::new();
        let mut cursor = engine::start(lease, members);
        if lease.first {
            batches.push(self.orders(slot, cursor).await?);
        }
        loop {
            let batch = cell
                .read(slot, cursor, run::READ_COUNT, Duration::ZERO)
                .await?;
            cursor = batch.read_to;
            let is_cut = batch.changes_until.is_some();
            batches.push(batch);
            if !is_cut {
                return Ok(batches);
            }
        }
    }

    /// Orders to catch up from before `start`, which nobody has carried out: nobody has worked yet.
    async fn orders(&self, slot: Slot, start: Cursor) -> Result<Batch, Unavailable> {
        let mut orders = Vec::new();
        let mut cursor = Cursor {
            events: Offset::LAST,
            changes: Offset::ZERO,
        };
        while cursor.changes < start.changes {
            let cell = self.ports().cell();
            let batch = cell
                .read(slot, cursor, run::READ_COUNT, Duration::ZERO)
                .await?;
            let found = batch.changes.into_iter().filter(|change| {
                change.id <= start.changes && matches!(change.kind, ChangeKind::CatchUp { .. })
            });
            orders.extend(found);
            if batch.read_to.changes == cursor.changes {
                break;
            }
            cursor.changes = batch.read_to.changes;
        }
        Ok(Batch {
            changes: orders,
            read_to: start,
            // No event has been read yet.
            events_cut: true,
            ..Batch::default()
        })
    }

    /// Takes the lease that was granted, or waits for it as a standby when the holder is about to
    /// leave.
    async fn take_lease(
        &self,
        slot: Slot,
        candidate: &Candidate,
        mut answer: Acquired,
    ) -> Result<Option<Lease>, Unavailable> {
        let clock = self.ports().clock();
        loop {
            let holder_deadline = match answer {
                Acquired::Granted(lease) => return Ok(Some(lease)),
                Acquired::Held { holder_deadline } => holder_deadline,
            };
            if !self.may_join(candidate, holder_deadline) {
                return Ok(None);
            }
            match self.ports().cell().stand_by(slot, candidate).await {
                Ok(granted @ Acquired::Granted(_)) => answer = granted,
                Ok(held) => {
                    answer = held;
                    clock.sleep_until(clock.now().plus(STANDBY_INTERVAL)).await;
                }
                // Who is marked as ready does not go away: the holder may be giving it the lease.
                Err(error) => {
                    tracing::warn!(%error, "a standby could not mark itself");
                    clock.sleep_until(clock.now().plus(STANDBY_INTERVAL)).await;
                }
            }
        }
    }

    /// Whether a candidate should stand by: the holder leaves soon, and the candidate later.
    fn may_join(&self, candidate: &Candidate, holder_deadline: UnixMillis) -> bool {
        let now = self.now();
        holder_deadline.since(now) <= JOIN_BEFORE_END
            && candidate.deadline > holder_deadline
            && now < candidate.deadline
    }
}
