//! The platform's quotas, as numbers a test can shrink.
//! Sources: "Quotas for configuring and running a WebSocket API in API Gateway" and
//! "Amazon API Gateway quotas" (account-level throttling), AWS developer guide.

use std::time::Duration;

const KIB: usize = 1024;

/// A token bucket: refilled at `rps`, never holding more than `burst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// Requests a second the bucket is refilled with.
    pub rps: u32,
    /// Requests that may come at once.
    pub burst: u32,
}

/// Every limit the gateway enforces. `Default` is what a new AWS account gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Account-level throttle per Region, shared by client messages, `@connections` calls and
    /// HTTP API requests: 10,000 requests a second, burst 5,000. `None` switches it off.
    pub account: Option<Throttle>,
    /// New connections a second per account and Region: 500. `None` switches it off.
    pub connects_per_second: Option<u32>,
    /// Largest frame a client may send: 32 KB, else close code 1009.
    pub frame_bytes: usize,
    /// Largest message in either direction: 128 KB, else close code 1009 or status 413.
    pub message_bytes: usize,
    /// Longest path and query of an upgrade: 4,096 characters. AWS documents the limit and not
    /// the status; here it is 414.
    pub url_chars: usize,
    /// Time without a message in either direction after which a connection is closed: 10 minutes.
    pub idle: Duration,
    /// Longest life of a connection: 2 hours.
    pub life: Duration,
    /// Longest wait for a function: 29 seconds.
    pub integration_timeout: Duration,
    /// Bytes that wait for a client that does not read, before posts to it answer 429.
    /// AWS documents that such a buffer exists, not its size; this is four full messages.
    pub client_buffer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            account: Some(Throttle {
                rps: 10_000,
                burst: 5_000,
            }),
            connects_per_second: Some(500),
            frame_bytes: 32 * KIB,
            message_bytes: 128 * KIB,
            url_chars: 4_096,
            idle: Duration::from_secs(10 * 60),
            life: Duration::from_secs(2 * 60 * 60),
            integration_timeout: Duration::from_secs(29),
            client_buffer_bytes: 4 * 128 * KIB,
        }
    }
}

impl Limits {
    /// The default sizes and times without any throttle: for load tools on one machine.
    #[must_use]
    pub fn unthrottled() -> Self {
        Self {
            account: None,
            connects_per_second: None,
            ..Self::default()
        }
    }
}
