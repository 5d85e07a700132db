//! How many connections a user has, and may have.

use std::collections::HashMap;

use llama_ws_core::{ConnectionId, UnixMillis, UserId};

/// The places of each user: connection to when the place is void.
#[derive(Debug, Default, Clone)]
pub(super) struct Allowances(HashMap<UserId, HashMap<ConnectionId, UnixMillis>>);

impl Allowances {
    /// Takes one of `allowance` places until `until`; false when all are taken by others.
    pub(super) fn take(
        &mut self,
        user: &UserId,
        id: &ConnectionId,
        allowance: u32,
        until: UnixMillis,
        now: UnixMillis,
    ) -> bool {
        let places = self.0.entry(user.clone()).or_default();
        places.retain(|_, until| now < *until);
        let room = u32::try_from(places.len()).is_ok_and(|taken| taken < allowance);
        let may = room || places.contains_key(id);
        if may {
            places.insert(id.clone(), until);
        }
        self.forget_if_empty(user);
        may
    }

    /// Gives the connection's place back.
    pub(super) fn give_back(&mut self, user: &UserId, id: &ConnectionId) {
        if let Some(places) = self.0.get_mut(user) {
            places.remove(id);
        }
        self.forget_if_empty(user);
    }

    /// Drops void places.
    pub(super) fn sweep(&mut self, now: UnixMillis) {
        self.0.retain(|_, places| {
            places.retain(|_, until| now < *until);
            !places.is_empty()
        });
    }

    fn forget_if_empty(&mut self, user: &UserId) {
        if self.0.get(user).is_some_and(HashMap::is_empty) {
            self.0.remove(user);
        }
    }
}
