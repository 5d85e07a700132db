//! `subscriptions` and `stats`: what is, without changing it.

use crate::admit::Caller;
use crate::connection::{ConnectionDocument, Principal};
use crate::identifier::ConnectionId;
use crate::ports::{ConnectionStore, Page, Ports, RequestKind, Statistics};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::stats::Counts;

/// Connections on one page.
const PAGE: usize = 100;

impl<P: Ports> Service<P> {
    /// A connection with what it is subscribed to.
    ///
    /// # Errors
    /// Those of every request.
    pub async fn subscription(
        &self,
        id: &ConnectionId,
        caller: &Caller,
    ) -> Result<ConnectionDocument, Refusal> {
        self.open(id, RequestKind::Message, caller).await
    }

    /// A page of the caller's own connections.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn connections_of(
        &self,
        caller: &Principal,
        after: Option<&ConnectionId>,
    ) -> Result<Page, Refusal> {
        Ok(self
            .ports()
            .connections()
            .of_user(&caller.user_id, after, PAGE)
            .await?)
    }

    /// Statistics, for a connection that may read them.
    ///
    /// # Errors
    /// Those of every request; `Forbidden`.
    pub async fn stats_on(&self, id: &ConnectionId) -> Result<Counts, Refusal> {
        let document = self.open(id, RequestKind::Message, &Caller::Socket).await?;
        let principal = document.principal.ok_or(Refusal::Unauthenticated)?;
        self.stats_for(&principal).await
    }

    /// Statistics, for a principal that may read them.
    ///
    /// # Errors
    /// `Forbidden`, `Unavailable`.
    pub async fn stats_for(&self, principal: &Principal) -> Result<Counts, Refusal> {
        if !principal.permissions.may_read_stats() {
            return Err(Refusal::Forbidden);
        }
        Ok(self.ports().cell().counts().await?)
    }
}
