//! The numbers of the contract, and those an operator may set.

use std::time::Duration;

/// Most channels of one connection.
pub const MAX_CHANNELS: usize = 100;

/// Largest `subscription` object, in bytes of JSON.
pub const MAX_SUBSCRIPTION_BYTES: usize = 24 * 1024;

/// How long a connection may stay without a credential.
pub const AUTHENTICATION_DEADLINE: Duration = Duration::from_secs(30);

/// How long a request waits for an authentication that is on its way.
pub const PRINCIPAL_WAIT: Duration = Duration::from_secs(2);

/// Most requests of one connection that wait for its authentication at a time.
pub const MAX_WAITING_REQUESTS: u32 = 4;

/// The window of every rate limit.
pub const LIMIT_WINDOW: Duration = Duration::from_secs(60);

/// Whether a connection may be opened before it shows a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthMode {
    /// `$connect` without a credential is refused.
    Required,
    /// It may authenticate with a message within [`AUTHENTICATION_DEADLINE`].
    #[default]
    Deferred,
}

/// What an operator may set; the defaults are the contract's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether `$connect` needs a credential.
    pub auth_mode: AuthMode,
    /// Connects a minute from one IP.
    pub connects_per_minute: u32,
    /// Whether connects from this machine are not counted: for the local service.
    pub exempt_loopback: bool,
    /// Messages a minute on one connection.
    pub messages_per_minute: u32,
    /// Subscription changes a minute on one connection.
    pub subscription_changes_per_minute: u32,
    /// Connections of one user at a time.
    pub connections_per_user: u32,
    /// What all workers together may post.
    pub frame_budget: FrameBudget,
    /// Most messages of one replay.
    pub replay_limit: usize,
}

/// How many frames may be posted. API Gateway admits 10,000 requests a second in an account and
/// Region, at most 5,000 at once, and counts clients' messages as well as posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameBudget {
    /// In the long run.
    pub per_second: u32,
    /// At once.
    pub burst: u32,
}

impl Default for FrameBudget {
    fn default() -> Self {
        Self {
            per_second: 8_000,
            burst: 4_000,
        }
    }
}

impl FrameBudget {
    /// The share of one of so many workers: at least one frame.
    #[must_use]
    pub fn share(self, workers: u16) -> Self {
        let workers = u32::from(workers.max(1));
        Self {
            per_second: (self.per_second / workers).max(1),
            burst: (self.burst / workers).max(1),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            auth_mode: AuthMode::default(),
            connects_per_minute: 100,
            exempt_loopback: false,
            messages_per_minute: 1_000,
            subscription_changes_per_minute: 10,
            connections_per_user: 100,
            frame_budget: FrameBudget::default(),
            replay_limit: 1_000,
        }
    }
}
