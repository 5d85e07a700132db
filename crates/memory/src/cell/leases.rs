//! Leases: who works on a slot, who waits to, and where the work stands.

use std::collections::HashMap;

use llama_ws_core::ports::{
    Acquired, Candidate, Checkpoint, Cursor, LEASE_LIFE, Lease, Marks, Released, Renewal,
    STANDBY_LIFE, Slot, Token,
};
use llama_ws_core::{ConnectionId, Counts, Offset, UnixMillis};

/// The leases of all slots. Tokens are microseconds of the cell's time, moved up where that has
/// not moved on: a later lease has a larger token, across slots too.
#[derive(Debug, Default, Clone)]
pub(super) struct LeaseTable {
    slots: HashMap<Slot, SlotState>,
    last_token: u64,
    store: Store,
}

/// What stands for Redis' replication id, and for the epoch's mark.
#[derive(Debug, Default, Clone, Copy)]
struct Store {
    replication_id: u64,
    epoch: Option<u64>,
}

/// One slot. A lease that has expired still belongs to its holder until somebody else takes it:
/// only a newer token fences.
#[derive(Debug, Default, Clone)]
struct SlotState {
    holder: Option<Holder>,
    standby: Option<Standby>,
    /// The one in which it was last checkpointed.
    epoch: Option<u64>,
    cursor: Cursor,
    marks: HashMap<ConnectionId, Marks>,
    counts: Counts,
}

#[derive(Debug, Clone)]
struct Holder {
    candidate: Candidate,
    token: Token,
    expires_at: UnixMillis,
    granted_under: u64,
}

#[derive(Debug, Clone)]
struct Standby {
    candidate: Candidate,
    marked_at: UnixMillis,
}

impl LeaseTable {
    /// Grants the lease if it is free. To its live holder it is granted again, unchanged: the
    /// answer to the first asking may have been lost.
    pub(super) fn acquire(
        &mut self,
        slot: Slot,
        candidate: &Candidate,
        now: UnixMillis,
    ) -> Acquired {
        let Self {
            slots,
            last_token,
            store,
        } = self;
        let state = slots.entry(slot).or_default();
        match state.live_holder(now) {
            Some(holder) if holder.candidate.owner == candidate.owner => {}
            Some(holder) => {
                return Acquired::Held {
                    holder_deadline: holder.candidate.deadline,
                };
            }
            None => state.give(candidate.clone(), next_token(last_token, now), *store, now),
        }
        state.granted(*store)
    }

    /// As `acquire`, and leaves a mark if somebody else holds the lease. The mark of another
    /// standby that is alive stays.
    pub(super) fn stand_by(
        &mut self,
        slot: Slot,
        candidate: &Candidate,
        now: UnixMillis,
    ) -> Acquired {
        let answer = self.acquire(slot, candidate, now);
        if let Acquired::Held { .. } = answer {
            let state = self.slots.entry(slot).or_default();
            state.mark_standby(candidate, now);
        }
        answer
    }

    pub(super) fn checkpoint(
        &mut self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
        now: UnixMillis,
    ) -> Renewal {
        let store = self.store;
        let Some(state) = self.held_with(slot, token) else {
            return Renewal::Lost;
        };
        state.write(progress, store);
        let expires_at = now.plus(LEASE_LIFE);
        if let Some(holder) = &mut state.holder {
            holder.expires_at = expires_at;
        }
        Renewal::Renewed {
            expires_at,
            standby: state.live_standby(now).is_some(),
        }
    }

    /// `last_event` is the event log's last offset. A refusal writes nothing.
    pub(super) fn release(
        &mut self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
        last_event: Offset,
        now: UnixMillis,
    ) -> Released {
        let next = next_token(&mut self.last_token, now);
        let store = self.store;
        let Some(state) = self.held_with(slot, token) else {
            return Released::Lost;
        };
        if let Some(standby) = state.live_standby(now) {
            let candidate = standby.candidate.clone();
            state.write(progress, store);
            state.give(candidate, next, store, now);
            return Released::HandedOver;
        }
        if last_event > progress.cursor.events {
            return Released::Refused;
        }
        state.write(progress, store);
        state.holder = None;
        Released::Free
    }

    /// Whether any slot has a live lease.
    pub(super) fn any_live(&self, now: UnixMillis) -> bool {
        self.slots
            .values()
            .any(|state| state.live_holder(now).is_some())
    }

    /// Up to where every live lease has checkpointed the change log; none without a live lease.
    pub(super) fn changes_done(&self, now: UnixMillis) -> Option<Offset> {
        self.slots
            .values()
            .filter(|state| state.live_holder(now).is_some())
            .map(|state| state.cursor.changes)
            .min()
    }

    /// The sum over all slots.
    pub(super) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for state in self.slots.values() {
            sum.add(&state.counts);
        }
        sum
    }

    /// An epoch begins.
    pub(super) fn begin_epoch(&mut self) {
        self.store.epoch = Some(self.store.replication_id);
    }

    /// As after a failover.
    pub(super) fn change_replication_id(&mut self) {
        self.store.replication_id += 1;
    }

    /// Nobody holds a lease that was given before a failover.
    fn held_with(&mut self, slot: Slot, token: Token) -> Option<&mut SlotState> {
        let id = self.store.replication_id;
        let state = self.slots.get_mut(&slot)?;
        let holder = state.holder.take_if(|holder| holder.token == token)?;
        if holder.granted_under != id {
            return None;
        }
        state.holder = Some(holder);
        Some(state)
    }
}

fn next_token(last: &mut u64, now: UnixMillis) -> Token {
    let micros = now.0.saturating_mul(1_000);
    *last = micros.max(last.saturating_add(1));
    Token(*last)
}

impl SlotState {
    fn live_holder(&self, now: UnixMillis) -> Option<&Holder> {
        self.holder
            .as_ref()
            .filter(|holder| now < holder.expires_at)
    }

    fn live_standby(&self, now: UnixMillis) -> Option<&Standby> {
        self.standby
            .as_ref()
            .filter(|standby| now.since(standby.marked_at) <= STANDBY_LIFE)
    }

    fn give(&mut self, candidate: Candidate, token: Token, store: Store, now: UnixMillis) {
        if let Some(standby) = &self.standby
            && standby.candidate.owner == candidate.owner
        {
            self.standby = None;
        }
        self.holder = Some(Holder {
            candidate,
            token,
            expires_at: now.plus(LEASE_LIFE),
            granted_under: store.replication_id,
        });
    }

    fn mark_standby(&mut self, candidate: &Candidate, now: UnixMillis) {
        let taken = self
            .live_standby(now)
            .is_some_and(|standby| standby.candidate.owner != candidate.owner);
        if !taken {
            self.standby = Some(Standby {
                candidate: candidate.clone(),
                marked_at: now,
            });
        }
    }

    /// A rebuild renews its lease before the epoch has begun.
    fn write(&mut self, progress: &Checkpoint, store: Store) {
        if store.epoch == Some(store.replication_id) {
            self.epoch = store.epoch;
        }
        self.cursor = progress.cursor;
        self.counts.clone_from(&progress.counts);
        self.marks.extend(progress.marks.iter().cloned());
        for gone in &progress.forgotten {
            self.marks.remove(gone);
        }
    }

    fn granted(&self, store: Store) -> Acquired {
        let (token, expires_at) = self
            .holder
            .as_ref()
            .map_or_else(Default::default, |holder| {
                (holder.token.0, holder.expires_at)
            });
        Acquired::Granted(Lease {
            token: Token(token),
            expires_at,
            cursor: self.cursor,
            marks: self.marks.clone(),
            first: self.epoch != Some(store.replication_id),
        })
    }
}
