//! Rate limits: fixed windows that open at the first counted request.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use llama_ws_core::ports::{REPLAY_RETRY, RequestKind, Verdict};
use llama_ws_core::{ConnectionId, LIMIT_WINDOW, Policy, UnixMillis};

/// Every limit's open windows.
#[derive(Debug, Default, Clone)]
pub(super) struct Limits {
    connects: Windows<String>,
    messages: Windows<ConnectionId>,
    subscription_changes: Windows<ConnectionId>,
    /// Replays on their way; a place that is not given back frees itself with its window.
    replays: Windows<ConnectionId>,
}

impl Limits {
    /// Counts a connect from `ip`.
    pub(super) fn admit_connect(&mut self, ip: &str, policy: &Policy, now: UnixMillis) -> Verdict {
        let limit = policy.connects_per_minute;
        if let Some(retry_after) = self.connects.full(ip, limit, now) {
            return Verdict::Limited { retry_after };
        }
        self.connects.count(ip.to_owned(), now);
        Verdict::Admitted
    }

    /// Counts a request against all of its limits, or against none.
    pub(super) fn admit_request(
        &mut self,
        id: &ConnectionId,
        kind: RequestKind,
        policy: &Policy,
        now: UnixMillis,
    ) -> Verdict {
        let is_replay = kind == RequestKind::Replay;
        let is_change = is_replay || kind == RequestKind::SubscriptionChange;
        let messages = self.messages.full(id, policy.messages_per_minute, now);
        let changes = is_change
            .then_some(policy.subscription_changes_per_minute)
            .and_then(|limit| self.subscription_changes.full(id, limit, now));
        let replay = is_replay.then(|| self.replays.full(id, 1, now)).flatten();
        let replay = replay.map(|remains| remains.min(REPLAY_RETRY));
        if let Some(retry_after) = messages.max(changes).max(replay) {
            return Verdict::Limited { retry_after };
        }
        self.messages.count(id.clone(), now);
        if is_change {
            self.subscription_changes.count(id.clone(), now);
        }
        if is_replay {
            self.replays.count(id.clone(), now);
        }
        Verdict::Admitted
    }

    /// Gives the place of a replay back.
    pub(super) fn end_replay(&mut self, id: &ConnectionId) {
        self.replays.0.remove(id);
    }

    /// Drops the windows that have ended.
    pub(super) fn sweep(&mut self, now: UnixMillis) {
        self.connects.sweep(now);
        self.messages.sweep(now);
        self.subscription_changes.sweep(now);
        self.replays.sweep(now);
    }
}

/// One limit's windows by what it counts.
#[derive(Debug, Clone)]
struct Windows<K>(HashMap<K, Window>);

#[derive(Debug, Clone)]
struct Window {
    ends_at: UnixMillis,
    counted: u32,
}

impl<K: Hash + Eq> Windows<K> {
    /// What remains of the window, if it has no room for one more.
    fn full<Q>(&self, key: &Q, limit: u32, now: UnixMillis) -> Option<Duration>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let window = self.0.get(key).filter(|window| now < window.ends_at);
        let counted = window.map_or(0, |window| window.counted);
        let remains = window.map_or(LIMIT_WINDOW, |window| window.ends_at.since(now));
        (counted >= limit).then_some(remains)
    }

    fn count(&mut self, key: K, now: UnixMillis) {
        let fresh = || Window {
            ends_at: now.plus(LIMIT_WINDOW),
            counted: 0,
        };
        let window = self.0.entry(key).or_insert_with(fresh);
        if window.ends_at <= now {
            *window = fresh();
        }
        window.counted = window.counted.saturating_add(1);
    }

    fn sweep(&mut self, now: UnixMillis) {
        self.0.retain(|_, window| now < window.ends_at);
    }
}

impl<K> Default for Windows<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}
