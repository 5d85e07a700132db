//! The ports bundled as the service holds them.

use super::{
    Admission, ApiKeys, Clock, ConnectionStore, EventLog, Health, Leases, Membership, Push,
    Statistics, WorkLog, WorkerStarter,
};

/// Everything that lives in Redis under one hash tag.
pub trait Cell:
    Admission + Membership + EventLog + WorkLog + Leases + Statistics + Health + 'static
{
}

impl<T> Cell for T where
    T: Admission + Membership + EventLog + WorkLog + Leases + Statistics + Health + 'static
{
}

/// What a composition root chooses: one adapter for each port.
pub trait Ports: Send + Sync + 'static {
    /// The truth about connections.
    type Connections: ConnectionStore + Health + 'static;
    /// API keys.
    type Keys: ApiKeys + 'static;
    /// Membership, logs, leases, limits.
    type Cell: Cell;
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
    /// Membership, logs, leases, limits.
    fn cell(&self) -> &Self::Cell;
    /// The way to clients.
    fn push(&self) -> &Self::Push;
    /// Starts workers.
    fn starter(&self) -> &Self::Starter;
    /// Time.
    fn clock(&self) -> &Self::Clock;
}
