//! The adapters of the embedded default.

use llama_ws_core::ports::{Clock, Ports};
use llama_ws_memory::{MemoryAnnouncements, MemoryCell, MemoryConnections, MemoryKeys};

use super::push::RegistryPush;
use super::schedule::LocalStarter;
use super::tokens::LocalTokens;

/// Every port in memory, clients behind the local gateway.
#[derive(Debug, Clone)]
pub struct LocalPorts<C> {
    pub(super) connections: MemoryConnections<C>,
    pub(super) keys: MemoryKeys,
    pub(super) tokens: LocalTokens,
    pub(super) cell: MemoryCell<C>,
    pub(super) announcements: MemoryAnnouncements,
    pub(super) push: RegistryPush<C>,
    pub(super) starter: LocalStarter,
    pub(super) clock: C,
}

impl<C: Clock> Ports for LocalPorts<C> {
    type Connections = MemoryConnections<C>;
    type Keys = MemoryKeys;
    type Tokens = LocalTokens;
    type Cell = MemoryCell<C>;
    type Announcements = MemoryAnnouncements;
    type Push = RegistryPush<C>;
    type Starter = LocalStarter;
    type Clock = C;

    fn connections(&self) -> &Self::Connections {
        &self.connections
    }

    fn keys(&self) -> &Self::Keys {
        &self.keys
    }

    fn tokens(&self) -> &LocalTokens {
        &self.tokens
    }

    fn cell(&self) -> &Self::Cell {
        &self.cell
    }

    fn announcements(&self) -> &MemoryAnnouncements {
        &self.announcements
    }

    fn push(&self) -> &Self::Push {
        &self.push
    }

    fn starter(&self) -> &Self::Starter {
        &self.starter
    }

    fn clock(&self) -> &C {
        &self.clock
    }
}
