//! Places for requests that wait for an authentication.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use llama_ws_core::{ConnectionId, UnixMillis};

/// How long a place is held at most: the longest wait and a second more.
const PLACE_LIFE: Duration = Duration::from_secs(3);

/// When each taken place frees itself, by connection, the oldest first.
#[derive(Debug, Default, Clone)]
pub(super) struct Waits(HashMap<ConnectionId, VecDeque<UnixMillis>>);

impl Waits {
    /// Takes a place, if fewer than `places` are taken.
    pub(super) fn begin(&mut self, id: &ConnectionId, places: u32, now: UnixMillis) -> bool {
        let taken = self.0.get_mut(id).map_or(0, |taken| {
            taken.retain(|ends_at| now < *ends_at);
            taken.len()
        });
        let free = u32::try_from(taken).is_ok_and(|taken| taken < places);
        if free {
            let taken = self.0.entry(id.clone()).or_default();
            taken.push_back(now.plus(PLACE_LIFE));
        }
        free
    }

    /// Gives back the place that was taken first: which one it was makes no difference but to when
    /// a place that is never given back frees itself.
    pub(super) fn end(&mut self, id: &ConnectionId) {
        if let Some(taken) = self.0.get_mut(id) {
            taken.pop_front();
            if taken.is_empty() {
                self.0.remove(id);
            }
        }
    }

    /// Drops the connections all of whose places have freed themselves.
    pub(super) fn sweep(&mut self, now: UnixMillis) {
        self.0
            .retain(|_, taken| taken.back().is_some_and(|ends_at| now < *ends_at));
    }
}
