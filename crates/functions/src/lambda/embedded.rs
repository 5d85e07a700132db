//! `STORES=memory`: every port in this process, for tests that start a binary by itself.

use bytes::Bytes;
use llama_ws_core::ConnectionId;
use llama_ws_core::ports::{Ports, PostOutcome, Presence, Push, WorkerStarter};
use llama_ws_memory::{MemoryAnnouncements, MemoryCell, MemoryConnections, MemoryKeys};

use super::tokens::DeployedTokens;
use crate::clock::SystemClock;

pub(super) struct Embedded {
    connections: MemoryConnections<SystemClock>,
    keys: MemoryKeys,
    tokens: DeployedTokens,
    cell: MemoryCell<SystemClock>,
    announcements: MemoryAnnouncements,
    offline: Offline,
    clock: SystemClock,
}

pub(super) fn ports(tokens: DeployedTokens) -> Embedded {
    Embedded {
        connections: MemoryConnections::new(SystemClock),
        keys: MemoryKeys::new(),
        tokens,
        cell: MemoryCell::new(SystemClock),
        announcements: MemoryAnnouncements::new(),
        offline: Offline,
        clock: SystemClock,
    }
}

/// There is no gateway and no other function to reach.
pub(super) struct Offline;

impl Push for Offline {
    async fn post(&self, _id: &ConnectionId, _frame: Bytes) -> PostOutcome {
        PostOutcome::Failed
    }

    async fn close(&self, _id: &ConnectionId) -> PostOutcome {
        PostOutcome::Failed
    }

    async fn find(&self, _id: &ConnectionId) -> Presence {
        Presence::Unknown
    }
}

impl WorkerStarter for Offline {
    async fn start(&self) {}
}

impl Ports for Embedded {
    type Connections = MemoryConnections<SystemClock>;
    type Keys = MemoryKeys;
    type Tokens = DeployedTokens;
    type Cell = MemoryCell<SystemClock>;
    type Announcements = MemoryAnnouncements;
    type Push = Offline;
    type Starter = Offline;
    type Clock = SystemClock;

    fn connections(&self) -> &Self::Connections {
        &self.connections
    }

    fn keys(&self) -> &Self::Keys {
        &self.keys
    }

    fn tokens(&self) -> &DeployedTokens {
        &self.tokens
    }

    fn cell(&self) -> &Self::Cell {
        &self.cell
    }

    fn announcements(&self) -> &MemoryAnnouncements {
        &self.announcements
    }

    fn push(&self) -> &Offline {
        &self.offline
    }

    fn starter(&self) -> &Offline {
        &self.offline
    }

    fn clock(&self) -> &SystemClock {
        &self.clock
    }
}
