//! The worker's loop: waits for reads, outcomes and time, and lets the engine decide.

use std::future::poll_fn;
use std::iter;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, Fuse, FusedFuture, FutureExt, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{pin_mut, select};

use super::WorkEnd;
use super::engine::Engine;
use super::history::PAGE;
use crate::connection::ConnectionDocument;
use crate::delivery::{Ask, Job};
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::ports::{
    Batch, Candidate, CatchUps, Clock, Cursor, History, Lease, Leases, Members, Ports, PostOutcome,
    Push, Released, Renewal, Slot, Unavailable, WorkLog,
};
use crate::service::Service;
use crate::time::UnixMillis;

/// Entries of each log in one read.
pub(super) const READ_COUNT: usize = 1_000;

/// Longest blocking read.
const READ_WAIT: Duration = Duration::from_secs(1);

/// Most posts in flight.
const POSTS_IN_FLIGHT: usize = 256;

/// Outcomes that are taken before everybody else gets a turn. Where posts are answered at once the
/// loop would never wait, and a runtime may hide from a task that never waits what it has to read.
const OUTCOMES_A_TURN: u32 = 16;

/// Longest a post may take: none starts later than this before the lease ends.
const POST_TIMEOUT: Duration = Duration::from_secs(3);

/// Between two checkpoints; the lease lasts 10 s.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(1);

/// How long before its end an invocation starts to look for a standby.
const HAND_OVER_BEFORE_END: Duration = Duration::from_secs(120);

/// How long before its end an invocation must stop.
const STOP_BEFORE_END: Duration = Duration::from_secs(10);

/// Pause after a read that failed.
const READ_RETRY: Duration = Duration::from_millis(250);

/// What the loop knows besides the engine.
struct Shift<'a, P: Ports> {
    service: &'a Service<P>,
    slot: Slot,
    candidate: &'a Candidate,
    lease: Lease,
    engine: Engine,
    checkpoint_at: UnixMillis,
    standby: bool,
}

/// How a shift ended, and how far it had read.
pub(super) struct Ended {
    pub(super) end: WorkEnd,
    pub(super) read_to: Offset,
}

pub(super) async fn run<P: Ports>(
    service: &Service<P>,
    slot: Slot,
    candidate: &Candidate,
    lease: Lease,
    members: Members,
    backlog: Vec<Batch>,
) -> Ended {
    let now = service.now();
    let budget = service.policy().frame_budget.share(slot.count);
    let mut engine = Engine::new(&lease, members, backlog, budget, now);
    engine.limit_replays(service.policy().replay_limit);
    let checkpoint_at = now.plus(CHECKPOINT_INTERVAL);
    let mut shift = Shift {
        service,
        slot,
        candidate,
        lease,
        engine,
        checkpoint_at,
        standby: false,
    };
    let end = shift.work().await;
    Ended {
        end,
        read_to: shift.engine.read_from().events,
    }
}

impl<P: Ports> Shift<'_, P> {
    async fn work(&mut self) -> WorkEnd {
        let service = self.service;
        let mut posts = FuturesUnordered::new();
        let mut cleanups = FuturesUnordered::new();
        let mut pages = FuturesUnordered::new();
        let mut endings = FuturesUnordered::new();
        let forget = |gone: Arc<ConnectionDocument>| async move { service.forget(&gone).await };
        let (reading, looking) = (Fuse::terminated(), Fuse::terminated());
        pin_mut!(reading, looking);
        let mut read_at = service.now();
        let mut outcomes = 0_u32;
        loop {
            // A change decides about the very next post.
            if let Some((ask, batch)) = reading.as_mut().now_or_never() {
                read_at = self.take(ask, batch);
            }
            let now = service.now();
            if now >= self.checkpoint_at && self.checkpoint(now).await {
                return WorkEnd::Lost;
            }
            if self.must_leave(now) {
                break;
            }
            self.engine.tick(now);
            self.engine.look_back(now);
            pages
                .extend(iter::from_fn(|| self.engine.next_page(now)).map(|end| page(service, end)));
            let ending = self.engine.ending_replays();
            if !ending.is_empty() {
                endings.push(end_replays(service, ending));
            }
            while self.may_post(now) && posts.len() < POSTS_IN_FLIGHT {
                let Some((id, job)) = self.engine.next_job(now) else {
                    break;
                };
                posts.push(perform(service, id, job));
            }
            // Every post is under way before a read is asked for that tells what its lane waits for.
            let mut has_outcome = false;
            while let Some(Some((id, outcome))) = posts.next().now_or_never() {
                cleanups.extend(self.finish(&id, outcome).map(forget));
                has_outcome = true;
                outcomes = outcomes.wrapping_add(1);
                if outcomes.is_multiple_of(OUTCOMES_A_TURN) {
                    give_way().await;
                }
            }
            if has_outcome {
                continue;
            }
            if reading.is_terminated() {
                let (ask, cursor) = (self.engine.ask(), self.engine.read_from());
                let batch = read(service, self.slot, cursor, read_at);
                reading.set(batch.map(move |batch| (ask, batch)).fuse());
            }
            if looking.is_terminated() && self.engine.wants_read() {
                let (ask, cursor) = (self.engine.ask(), self.engine.read_from());
                let seen = look(service, self.slot, cursor);
                looking.set(seen.map(move |seen| (ask, seen)).fuse());
            }
            let timer = pin!(service.ports().clock().sleep_until(self.wakes_at()));
            select! {
                (id, outcome) = posts.select_next_some() => {
                    cleanups.extend(self.finish(&id, outcome).map(forget));
                }
                cleaned = cleanups.select_next_some() => {
                    if let Err(error) = cleaned {
                        tracing::warn!(%error, "a gone connection stays until the reaper's next run");
                    }
                }
                (ask, batch) = reading => read_at = self.take(ask, batch),
                (ask, seen) = looking => self.looked(ask, seen),
                (up_to, page) = pages.select_next_some() => {
                    self.engine.take_page(up_to, page, service.now());
                }
                ended = endings.select_next_some() => {
                    self.engine.replays_may_end(&ended, service.now());
                }
                () = timer.fuse() => {}
            }
        }
        while let Some((id, outcome)) = posts.next().await {
            cleanups.extend(self.finish(&id, outcome).map(forget));
        }
        while cleanups.next().await.is_some() {}
        self.leave().await
    }

    /// Takes a post's outcome. Answers the connection if it is gone.
    fn finish(
        &mut self,
        id: &ConnectionId,
        outcome: PostOutcome,
    ) -> Option<Arc<ConnectionDocument>> {
        let (now, random) = (self.service.now(), self.service.random());
        self.engine.finish(id, outcome, now, random)
    }

    /// Takes what was read. Answers when to read again.
    fn take(&mut self, ask: Ask, batch: Result<Batch, Unavailable>) -> UnixMillis {
        let now = self.service.now();
        match batch {
            Ok(batch) => {
                self.engine.take(batch, now);
                self.engine.answered(ask);
                now
            }
            Err(error) => {
                tracing::warn!(%error, "reading the logs failed");
                now.plus(READ_RETRY)
            }
        }
    }

    /// Takes what a look found: nothing new, or something that the waiting read is about to bring.
    fn looked(&mut self, ask: Ask, is_current: bool) {
        if is_current {
            self.engine.answered(ask);
        } else {
            self.engine.unanswered();
        }
    }

    /// Writes the progress and renews the lease; true when somebody else holds it.
    async fn checkpoint(&mut self, now: UnixMillis) -> bool {
        self.checkpoint_at = now.plus(CHECKPOINT_INTERVAL);
        let progress = self.engine.checkpoint(now);
        match self
            .service
            .ports()
            .cell()
            .checkpoint(self.slot, self.lease.token, &progress)
            .await
        {
            Ok(Renewal::Renewed {
                expires_at,
                standby,
            }) => {
                self.engine.checkpointed();
                self.lease.expires_at = expires_at;
                self.standby = standby;
                false
            }
            Ok(Renewal::Lost) => true,
            Err(error) => {
                tracing::warn!(%error, "checkpoint failed");
                false
            }
        }
    }

    /// A post must be over before somebody else could hold the lease.
    fn may_post(&self, now: UnixMillis) -> bool {
        now < self.lease.expires_at.minus(POST_TIMEOUT)
    }

    fn must_leave(&self, now: UnixMillis) -> bool {
        let left = self.candidate.deadline.since(now);
        left <= STOP_BEFORE_END || (self.standby && left <= HAND_OVER_BEFORE_END)
    }

    fn wakes_at(&self) -> UnixMillis {
        self.engine
            .wakes_at()
            .into_iter()
            .chain([self.checkpoint_at])
            .min()
            .unwrap_or(self.checkpoint_at)
    }

    async fn leave(&mut self) -> WorkEnd {
        let progress = self.engine.checkpoint(self.service.now());
        match self
            .service
            .ports()
            .cell()
            .release(self.slot, self.lease.token, &progress)
            .await
        {
            Ok(Released::HandedOver) => WorkEnd::HandedOver,
            Ok(Released::Free) => WorkEnd::Released,
            Ok(Released::Refused) => {
                // A refusal writes nothing down; the next holder should not repeat what was sent.
                self.checkpoint(self.service.now()).await;
                WorkEnd::OutOfTime
            }
            Ok(Released::Lost) => WorkEnd::Lost,
            Err(error) => {
                tracing::warn!(%error, "the lease could not be released and runs out");
                WorkEnd::OutOfTime
            }
        }
    }
}

/// Lets everybody else who can go on do so once.
async fn give_way() {
    let mut given = false;
    poll_fn(|context| {
        if given {
            return Poll::Ready(());
        }
        given = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Reads both logs after `cursor`, not before `at`.
async fn read<P: Ports>(
    service: &Service<P>,
    slot: Slot,
    cursor: Cursor,
    at: UnixMillis,
) -> Result<Batch, Unavailable> {
    if at > service.now() {
        service.ports().clock().sleep_until(at).await;
    }
    service
        .ports()
        .cell()
        .read(slot, cursor, READ_COUNT, READ_WAIT)
        .await
}

/// Whether nothing has changed after `cursor`. Beside a read that waits, and without its place: what
/// changed comes by that read.
async fn look<P: Ports>(service: &Service<P>, slot: Slot, cursor: Cursor) -> bool {
    let cell = service.ports().cell();
    match cell.read(slot, cursor, 1, Duration::ZERO).await {
        Ok(batch) => batch.read_to.changes == cursor.changes,
        Err(error) => {
            tracing::warn!(%error, "looking for changes failed");
            let clock = service.ports().clock();
            clock.sleep_until(clock.now().plus(READ_RETRY)).await;
            false
        }
    }
}

/// Reads a page of the past.
async fn page<P: Ports>(service: &Service<P>, up_to: Offset) -> (Offset, Option<History>) {
    let read = service.ports().cell().history(up_to, PAGE).await;
    if let Err(error) = &read {
        tracing::warn!(%error, "reading the past failed");
    }
    (up_to, read.ok())
}

/// Gives the places of these connections' replays back; if that fails, they free themselves.
async fn end_replays<P: Ports>(service: &Service<P>, ids: Vec<ConnectionId>) -> Vec<ConnectionId> {
    if let Err(error) = service.ports().cell().end_replays(&ids).await {
        tracing::warn!(%error, "replays' places free themselves later");
    }
    ids
}

async fn perform<P: Ports>(
    service: &Service<P>,
    id: ConnectionId,
    job: Job,
) -> (ConnectionId, PostOutcome) {
    let (push, clock) = (service.ports().push(), service.ports().clock());
    let posting = async {
        match job {
            Job::Post(frame) => push.post(&id, frame).await,
            Job::Close => push.close(&id).await,
        }
    };
    let timeout = clock.sleep_until(clock.now().plus(POST_TIMEOUT));
    let outcome = match select(pin!(posting), pin!(timeout)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => PostOutcome::Failed,
    };
    (id, outcome)
}
