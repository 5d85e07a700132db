//! The connections, each in a slot: a small number that stands for it in every set.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use super::audiences::Seat;
use crate::connection::ConnectionDocument;
use crate::identifier::{ConnectionId, UserId};

/// No slot: the end of a chain.
const NONE: u32 = u32::MAX;

#[derive(Debug)]
pub(super) struct Member {
    pub(super) document: Arc<ConnectionDocument>,
    pub(super) seats: Box<[Seat]>,
    /// The user's other connections.
    previous: u32,
    next: u32,
}

/// Tables hold slots only, and look into the member for the rest: 5 bytes an entry.
#[derive(Debug, Default)]
pub(super) struct Members {
    slots: Vec<Option<Member>>,
    free: Vec<u32>,
    by_id: HashTable<u32>,
    /// The first connection of each user.
    by_user: HashTable<u32>,
    hasher: RandomState,
}

impl Member {
    /// Its cohort in a channel.
    pub(super) fn cohort(&self, channel: u32) -> Option<u32> {
        let at = self
            .seats
            .binary_search_by_key(&channel, |seat| seat.channel);
        at.ok()
            .and_then(|at| self.seats.get(at))
            .map(|seat| seat.cohort)
    }

    fn user(&self) -> Option<&UserId> {
        self.document
            .principal
            .as_ref()
            .map(|principal| &principal.user_id)
    }
}

impl Members {
    pub(super) fn slot(&self, id: &ConnectionId) -> Option<u32> {
        let is_it = |slot: &u32| {
            let member = self.get(*slot);
            member.is_some_and(|member| member.document.connection_id == *id)
        };
        self.by_id.find(self.hasher.hash_one(id), is_it).copied()
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Member> {
        self.slots.get(slot as usize)?.as_ref()
    }

    fn get_mut(&mut self, slot: u32) -> Option<&mut Member> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// One more than the highest slot ever taken.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Every connection with its slot.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Member)> {
        let slots = (0..).zip(&self.slots);
        slots.filter_map(|(slot, member)| Some((slot, member.as_ref()?)))
    }

    /// Gives a new connection a slot.
    pub(super) fn insert(&mut self, document: Arc<ConnectionDocument>, seats: Box<[Seat]>) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
        });
        let hash = self.hasher.hash_one(&document.connection_id);
        if let Some(free) = self.slots.get_mut(slot as usize) {
            *free = Some(Member {
                document,
                seats,
                previous: NONE,
                next: NONE,
            });
        }
        let Self {
            slots,
            by_id,
            hasher,
            ..
        } = self;
        by_id.insert_unique(hash, slot, |slot| {
            let member = slots.get(*slot as usize).and_then(Option::as_ref);
            member.map_or(0, |member| hasher.hash_one(&member.document.connection_id))
        });
        self.link(slot);
        slot
    }

    /// Replaces what a connection asks for. Answers the seats it had.
    pub(super) fn replace(
        &mut self,
        slot: u32,
        document: Arc<ConnectionDocument>,
        seats: Box<[Seat]>,
    ) -> Box<[Seat]> {
        self.unlink(slot);
        let Some(member) = self.get_mut(slot) else {
            return Box::default();
        };
        member.document = document;
        let left = std::mem::replace(&mut member.seats, seats);
        self.link(slot);
        left
    }

    /// Frees a slot.
    pub(super) fn remove(&mut self, slot: u32) -> Option<Member> {
        self.unlink(slot);
        let member = self.slots.get_mut(slot as usize)?.take()?;
        let hash = self.hasher.hash_one(&member.document.connection_id);
        if let Ok(entry) = self.by_id.find_entry(hash, |held| *held == slot) {
            entry.remove();
        }
        self.free.push(slot);
        Some(member)
    }

    /// The slots of a user's connections.
    pub(super) fn of_user(&self, user: &UserId) -> impl Iterator<Item = (u32, &Member)> {
        let mut slot = self.first_of(user);
        std::iter::from_fn(move || {
            let member = self.get(slot)?;
            Some((std::mem::replace(&mut slot, member.next), member))
        })
    }

    fn first_of(&self, user: &UserId) -> u32 {
        let is_it = |slot: &u32| self.get(*slot).and_then(Member::user) == Some(user);
        let first = self.by_user.find(self.hasher.hash_one(user), is_it);
        first.copied().unwrap_or(NONE)
    }

    /// Puts a connection in front of its user's others.
    fn link(&mut self, slot: u32) {
        let Some(user) = self.get(slot).and_then(Member::user).cloned() else {
            return;
        };
        let hash = self.hasher.hash_one(&user);
        let next = self.first_of(&user);
        if let Some(after) = self.get_mut(next) {
            after.previous = slot;
        }
        if let Some(member) = self.get_mut(slot) {
            (member.previous, member.next) = (NONE, next);
        }
        self.set_first(hash, next, slot);
    }

    fn unlink(&mut self, slot: u32) {
        let Some(member) = self.get(slot) else {
            return;
        };
        let Some(user) = member.user() else {
            return;
        };
        let hash = self.hasher.hash_one(user);
        let (previous, next) = (member.previous, member.next);
        if let Some(before) = self.get_mut(previous) {
            before.next = next;
        }
        if let Some(after) = self.get_mut(next) {
            after.previous = previous;
        }
        if previous == NONE {
            self.set_first(hash, slot, next);
        }
    }

    /// Makes `to` what the table holds in place of `from`; either may be none.
    fn set_first(&mut self, hash: u64, from: u32, to: u32) {
        let Self {
            slots,
            by_user,
            hasher,
            ..
        } = self;
        match by_user.find_entry(hash, |held| *held == from) {
            Ok(mut entry) if to != NONE => *entry.get_mut() = to,
            Ok(entry) => {
                entry.remove();
            }
            Err(_) => {
                by_user.insert_unique(hash, to, |slot| {
                    let member = slots.get(*slot as usize).and_then(Option::as_ref);
                    let user = member.and_then(Member::user);
                    user.map_or(0, |user| hasher.hash_one(user))
                });
            }
        }
    }
}
