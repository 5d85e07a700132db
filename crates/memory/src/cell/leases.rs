//! Leases: who works on a slot, who waits to, and where the work stands.

use std::collections::HashMap;

use llama_ws_core::ports::{
    Acquired, Candidate, Checkpoint, Cursor, LEASE_LIFE, Lease, Marks, Released, Renewal,
    STANDBY_LIFE, Slot, Token,
};
use llama_ws_core::{ConnectionId, Counts, Offset, UnixMillis};

/// The leases of all slots. Tokens are microseconds of the cell's time, moved up where that has
/// not moved on: a later lease has a larger token, across slots too.
#[derive(Debug, Default)]
pub(super) struct LeaseTable {
    slots: HashMap<Slot, SlotState>,
    last_token: u64,
}

/// One slot. A lease that has expired still belongs to its holder until somebody else takes it:
/// only a newer token fences.
#[derive(Debug, Default)]
struct SlotState {
    holder: Option<Holder>,
    standby: Option<Standby>,
    checkpointed: bool,
    cursor: Cursor,
    marks: HashMap<ConnectionId, Marks>,
    counts: Counts,
}

#[derive(Debug)]
struct Holder {
    candidate: Candidate,
    token: Token,
    expires_at: UnixMillis,
}

#[derive(Debug)]
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
        let Self { slots, last_token } = self;
        let state = slots.entry(slot).or_default();
        match state.live_holder(now) {
            Some(holder) if holder.candidate.owner == candidate.owner => {}
            Some(holder) => {
                return Acquired::Held {
                    holder_deadline: holder.candidate.deadline,
                };
            }
            None => state.give(candidate.clone(), next_token(last_token, now), now),
        }
        state.granted()
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
        let Some(state) = self.held_with(slot, token) else {
            return Renewal::Lost;
        };
        state.write(progress);
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
        let Some(state) = self.held_with(slot, token) else {
            return Released::Lost;
        };
        if let Some(standby) = state.live_standby(now) {
            let candidate = standby.candidate.clone();
            state.write(progress);
            state.give(candidate, next, now);
            return Released::HandedOver;
        }
        if last_event > progress.cursor.events {
            return Released::Refused;
        }
        state.write(progress);
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

    fn held_with(&mut self, slot: Slot, token: Token) -> Option<&mut SlotState> {
        let is_its = |holder: &Holder| holder.token == token;
        self.slots
            .get_mut(&slot)
            .filter(|state| state.holder.as_ref().is_some_and(is_its))
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

    fn give(&mut self, candidate: Candidate, token: Token, now: UnixMillis) {
        if let Some(standby) = &self.standby
            && standby.candidate.owner == candidate.owner
        {
            self.standby = None;
        }
        self.holder = Some(Holder {
            candidate,
            token,
            expires_at: now.plus(LEASE_LIFE),
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

    fn write(&mut self, progress: &Checkpoint) {
        self.checkpointed = true;
        self.cursor = progress.cursor;
        self.counts.clone_from(&progress.counts);
        self.marks.extend(progress.marks.iter().cloned());
        for gone in &progress.forgotten {
            self.marks.remove(gone);
        }
    }

    fn granted(&self) -> Acquired {
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
            first: !self.checkpointed,
        })
    }
}
