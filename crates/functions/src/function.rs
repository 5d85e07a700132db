//! The six functions that are deployed, by name.

use std::fmt;

/// A deployed function. `EventIngest` is the `event-fanout` binary with a shorter timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// `$connect`.
    Connect,
    /// `$disconnect`, and the reaper's schedule.
    Disconnect,
    /// `$default`.
    Message,
    /// The subscription routes and every HTTP route.
    Subscribe,
    /// The worker.
    EventFanout,
    /// Invoke and SQS: appends and returns.
    EventIngest,
}

impl Function {
    /// The name in `serverless.yml`, of the binary, and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Message => "message",
            Self::Subscribe => "subscribe",
            Self::EventFanout => "event-fanout",
            Self::EventIngest => "event-ingest",
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
