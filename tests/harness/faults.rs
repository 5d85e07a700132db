//! Stores that fail once, at a call of the test's choice: a use case is a chain of calls, and each
//! link may break.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use llama_ws_core::ports::{
    Acquired, Admission, Admitted, ApiKey, ApiKeys, Appended, Batch, Candidate, CatchUps,
    Checkpoint, Clock, ConnectionStore, Cursor, EventLog, Health, HeldKey, History, KeyHash,
    Leases, Members, Membership, Page, Publication, Released, Renewal, RequestKind, Slot,
    Statistics, Token, Unavailable, Updated, Upkeep, Verdict, WorkLog,
};
use llama_ws_core::{
    CatchUp, ConnectionDocument, ConnectionId, Counts, Event, Offset, Policy, SecretKey,
    UnixMillis, UserId,
};
use llama_ws_memory::{MemoryCell, MemoryConnections, MemoryKeys};

/// Where in the call it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Nothing was done.
    Before,
    /// It was done, and nobody heard of it.
    After,
}

/// The plan that all stores of one world follow.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    plan: Arc<Mutex<Option<Plan>>>,
    calls: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Plan {
    calls_before: usize,
    when: When,
}

impl Faults {
    /// Lets `calls` calls pass from now on, and the one after them fail.
    pub fn fail_after(&self, calls: usize, when: When) {
        let plan = Plan {
            calls_before: calls,
            when,
        };
        *self.plan() = Some(plan);
    }

    /// Whether the planned fault has struck. Forgets the plan.
    pub fn struck(&self) -> bool {
        self.plan().take().is_none()
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    async fn around<T>(
        &self,
        call: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        match self.next() {
            None => call.await,
            Some(When::Before) => Err(fault()),
            Some(When::After) => call.await.and(Err(fault())),
        }
    }

    fn next(&self) -> Option<When> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut plan = self.plan();
        match &mut *plan {
            Some(Plan {
                calls_before: 0, ..
            }) => plan.take().map(|plan| plan.when),
            Some(plan) => {
                plan.calls_before -= 1;
                None
            }
            None => None,
        }
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Option<Plan>> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fault() -> Unavailable {
    Unavailable {
        store: "test",
        reason: "planned".to_owned(),
    }
}

/// A store in memory that follows a plan.
#[derive(Debug, Clone)]
pub struct Faulty<S> {
    /// The store, which never fails by itself.
    pub inner: S,
    /// The plan.
    pub faults: Faults,
}

impl<C: Clock> ConnectionStore for Faulty<MemoryConnections<C>> {
    async fn create(&self, document: &ConnectionDocument) -> Result<bool, Unavailable> {
        self.faults.around(self.inner.create(document)).await
    }

    async fn get(&self, id: &ConnectionId) -> Result<Option<ConnectionDocument>, Unavailable> {
        self.faults.around(self.inner.get(id)).await
    }

    async fn update(&self, document: &ConnectionDocument) -> Result<Updated, Unavailable> {
        self.faults.around(self.inner.update(document)).await
    }

    async fn remove(
        &self,
        id: &ConnectionId,
        connected_at: UnixMillis,
    ) -> Result<Option<ConnectionDocument>, Unavailable> {
        self.faults
            .around(self.inner.remove(id, connected_at))
            .await
    }

    async fn of_user(
        &self,
        user: &UserId,
        after: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<Page, Unavailable> {
        self.faults
            .around(self.inner.of_user(user, after, limit))
            .await
    }

    async fn scan(&self, after: Option<&ConnectionId>, limit: usize) -> Result<Page, Unavailable> {
        self.faults.around(self.inner.scan(after, limit)).await
    }
}

impl<C: Clock> Health for Faulty<MemoryConnections<C>> {
    const NAME: &'static str = MemoryConnections::<C>::NAME;

    async fn check(&self) -> Result<(), Unavailable> {
        self.faults.around(self.inner.check()).await
    }
}

impl ApiKeys for Faulty<MemoryKeys> {
    async fn find(&self, key: &SecretKey) -> Result<Option<ApiKey>, Unavailable> {
        self.faults.around(self.inner.find(key)).await
    }

    async fn find_held(&self, held: &[HeldKey]) -> Result<HashMap<KeyHash, ApiKey>, Unavailable> {
        self.faults.around(self.inner.find_held(held)).await
    }
}

impl<C: Clock> Admission for Faulty<MemoryCell<C>> {
    async fn admit_connect(&self, ip: &str, policy: &Policy) -> Result<Verdict, Unavailable> {
        self.faults
            .around(self.inner.admit_connect(ip, policy))
            .await
    }

    async fn admit_request(
        &self,
        id: &ConnectionId,
        kind: RequestKind,
        policy: &Policy,
    ) -> Result<Admitted, Unavailable> {
        self.faults
            .around(self.inner.admit_request(id, kind, policy))
            .await
    }

    async fn begin_wait(&self, id: &ConnectionId, places: u32) -> Result<bool, Unavailable> {
        self.faults.around(self.inner.begin_wait(id, places)).await
    }

    async fn end_wait(&self, id: &ConnectionId) -> Result<(), Unavailable> {
        self.faults.around(self.inner.end_wait(id)).await
    }
}

impl<C: Clock> Membership for Faulty<MemoryCell<C>> {
    async fn publish(
        &self,
        document: &ConnectionDocument,
        allowance: Option<u32>,
    ) -> Result<Publication, Unavailable> {
        self.faults
            .around(self.inner.publish(document, allowance))
            .await
    }

    async fn remove(&self, document: &ConnectionDocument) -> Result<(), Unavailable> {
        self.faults.around(self.inner.remove(document)).await
    }

    async fn is_live(&self, id: &ConnectionId) -> Result<bool, Unavailable> {
        self.faults.around(self.inner.is_live(id)).await
    }
}

impl<C: Clock> EventLog for Faulty<MemoryCell<C>> {
    async fn append(&self, events: &[Event]) -> Result<Appended, Unavailable> {
        self.faults.around(self.inner.append(events)).await
    }

    async fn append_gap(&self) -> Result<Offset, Unavailable> {
        self.faults.around(self.inner.append_gap()).await
    }
}

impl<C: Clock> WorkLog for Faulty<MemoryCell<C>> {
    async fn members(&self, slot: Slot) -> Result<Members, Unavailable> {
        self.faults.around(self.inner.members(slot)).await
    }

    async fn read(
        &self,
        slot: Slot,
        cursor: Cursor,
        count: usize,
        wait: Duration,
    ) -> Result<Batch, Unavailable> {
        self.faults
            .around(self.inner.read(slot, cursor, count, wait))
            .await
    }
}

impl<C: Clock> CatchUps for Faulty<MemoryCell<C>> {
    async fn publish_catch_up(
        &self,
        document: &ConnectionDocument,
        catch_up: &CatchUp,
    ) -> Result<Publication, Unavailable> {
        self.faults
            .around(self.inner.publish_catch_up(document, catch_up))
            .await
    }

    async fn end_replays(&self, ids: &[ConnectionId]) -> Result<(), Unavailable> {
        self.faults.around(self.inner.end_replays(ids)).await
    }

    async fn history(&self, up_to: Offset, count: usize) -> Result<History, Unavailable> {
        self.faults.around(self.inner.history(up_to, count)).await
    }
}

impl<C: Clock> Leases for Faulty<MemoryCell<C>> {
    async fn acquire(&self, slot: Slot, candidate: &Candidate) -> Result<Acquired, Unavailable> {
        self.faults
            .around(self.inner.acquire(slot, candidate))
            .await
    }

    async fn stand_by(&self, slot: Slot, candidate: &Candidate) -> Result<Acquired, Unavailable> {
        self.faults
            .around(self.inner.stand_by(slot, candidate))
            .await
    }

    async fn checkpoint(
        &self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
    ) -> Result<Renewal, Unavailable> {
        self.faults
            .around(self.inner.checkpoint(slot, token, progress))
            .await
    }

    async fn release(
        &self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
    ) -> Result<Released, Unavailable> {
        self.faults
            .around(self.inner.release(slot, token, progress))
            .await
    }
}

impl<C: Clock> Upkeep for Faulty<MemoryCell<C>> {
    async fn begin_epoch(&self, floor: Offset) -> Result<Offset, Unavailable> {
        self.faults.around(self.inner.begin_epoch(floor)).await
    }

    async fn restore(&self, documents: &[ConnectionDocument]) -> Result<(), Unavailable> {
        self.faults.around(self.inner.restore(documents)).await
    }

    async fn sample_live(&self, count: usize) -> Result<Vec<ConnectionId>, Unavailable> {
        self.faults.around(self.inner.sample_live(count)).await
    }

    async fn discard(&self, id: &ConnectionId, before: UnixMillis) -> Result<bool, Unavailable> {
        self.faults.around(self.inner.discard(id, before)).await
    }
}

impl<C: Clock> Statistics for Faulty<MemoryCell<C>> {
    async fn counts(&self) -> Result<Counts, Unavailable> {
        self.faults.around(self.inner.counts()).await
    }
}

impl<C: Clock> Health for Faulty<MemoryCell<C>> {
    const NAME: &'static str = MemoryCell::<C>::NAME;

    async fn check(&self) -> Result<(), Unavailable> {
        self.faults.around(self.inner.check()).await
    }
}
