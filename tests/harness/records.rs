//! What the stores of a running service know of its connections.

use llama_ws_core::ConnectionDocument;
use llama_ws_core::ports::{Clock, ConnectionStore, Ports, Slot, WorkLog};

use crate::stage::Stage;
use crate::wait::eventually;

impl<C: Clock> Stage<C> {
    /// The stored document of each connection, by id.
    pub async fn documents(&self) -> Vec<ConnectionDocument> {
        let page = self.local().ports().connections().scan(None, 10_000).await;
        page.expect("the store answers").documents
    }

    /// The document of each connection that the worker goes by, by id.
    pub async fn members(&self) -> Vec<ConnectionDocument> {
        let members = self.local().ports().cell().members(Slot::WHOLE).await;
        let mut documents = members.expect("the cell answers").documents;
        documents.sort_by(|a, b| a.connection_id.cmp(&b.connection_id));
        documents
    }

    /// Waits until both stores know exactly `count` connections.
    pub async fn remembers(&self, count: usize) {
        eventually(&format!("both stores know {count}"), async || {
            self.documents().await.len() == count && self.members().await.len() == count
        })
        .await;
    }

    /// Waits until neither store knows any connection.
    pub async fn is_forgotten(&self) {
        self.remembers(0).await;
    }
}
