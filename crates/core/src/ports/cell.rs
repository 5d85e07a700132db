//! The ports bundled as the service holds them.

use super::{
    Admission, Announcements, ApiKeys, CatchUps, Clock, ConnectionStore, EventLog, Health, Leases,
    Membership, Push, Statistics, Tokens, Upkeep, WorkLog, WorkerStarter,
};

/// Everything that lives in Redis under one hash tag.
pub trait Cell:
    Admission
    + Membership
    + EventLog
    + WorkLog
    + CatchUps
    + Leases
    + Statistics
    + Upkeep
    + Health
    + 'static
{
}

impl<T> Cell for T where
    T: Admission
        + Membership
        + EventLog
        + WorkLog
        + CatchUps
        + Leases
        + Statistics
        + Upkeep
        + Health
        + 'static
{
}

/// What a composition root chooses: one adapter for each port.
pub trait Ports: Send + Sync + 'static {
    /// The truth about connections.
    type Connections: ConnectionStore + Health + 'static;
    /// API keys.
    type Keys: ApiKeys + 'static;
    /// JWTs.
    type Tokens: Tokens + 'static;
    /// Membership, logs, leases, limits.
    type Cell: Cell;
    /// Redis pub/sub.
    type Announcements: Announcements + 'static;
    /// The way to clients.
    type Push: Push + 'static;
    /// Starts workers.
    type Starter: WorkerStarter + 'static;
    /// Time.
    type Clock: Clock;

    /// The truth about connections.
    fn connections(&self) -> &Self::Connections;
    /// API keys.
    fn keys(&self) -> &Self::Keys;
    /// JWTs.
    fn tokens(&self) -> &Self::Tokens;
    /// Membership, logs, leases, limits.
    fn cell(&self) -> &Self::Cell;
    /// Redis pub/sub.
    fn announcements(&self) -> &Self::Announcements;
    /// The way to clients.
    fn push(&self) -> &Self::Push;
    /// Starts workers.
    fn starter(&self) -> &Self::Starter;
    /// Time.
    fn clock(&self) -> &Self::Clock;
}
