//! `$disconnect`, and every other way a connection ends.

use crate::connection::ConnectionDocument;
use crate::identifier::ConnectionId;
use crate::ports::{ConnectionStore, Membership, Ports, Unavailable};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::time::UnixMillis;

impl<P: Ports> Service<P> {
    /// Removes everything known of a connection of this generation. Safe to repeat.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`]; the reaper removes what is left.
    pub async fn disconnect(
        &self,
        id: &ConnectionId,
        connected_at: UnixMillis,
    ) -> Result<(), Refusal> {
        let stored = self.ports().connections().remove(id, connected_at).await?;
        let document = stored.unwrap_or_else(|| unknown(id, connected_at));
        self.ports().cell().remove(&document).await?;
        Ok(())
    }

    /// Removes a connection whose document is at hand. Both stores are asked, whatever the first says.
    pub(crate) async fn forget(&self, document: &ConnectionDocument) -> Result<(), Unavailable> {
        let stored = self
            .ports()
            .connections()
            .remove(&document.connection_id, document.connected_at)
            .await;
        self.ports()
            .cell()
            .remove(
                stored
                    .as_ref()
                    .ok()
                    .and_then(Option::as_ref)
                    .unwrap_or(document),
            )
            .await?;
        stored.map(|_| ())
    }
}

/// Enough of a document to remove what Redis may still hold of it.
fn unknown(id: &ConnectionId, connected_at: UnixMillis) -> ConnectionDocument {
    ConnectionDocument {
        connection_id: id.clone(),
        revision: 0,
        connected_at,
        principal: None,
        authenticated_at: None,
        auth_deadline: None,
        source_ip: String::new(),
        user_agent: None,
        subscription: None,
    }
}
