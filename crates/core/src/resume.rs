//! `resume`: what was missed, replayed by the worker at one point of the order.

use crate::admit::Caller;
use crate::catch_up::CatchUp;
use crate::connection::ConnectionDocument;
use crate::identifier::ConnectionId;
use crate::offset::Offset;
use crate::ports::{CatchUps, Ports, Publication, RequestKind};
use crate::refusal::Refusal;
use crate::service::Service;

impl<P: Ports> Service<P> {
    /// Orders a replay of everything after `since` that matches the current subscription; its
    /// result follows on the connection itself.
    ///
    /// # Errors
    /// Those of every request; `RateLimited` also while an earlier replay of the connection has not
    /// been answered by its result.
    pub async fn resume(&self, id: &ConnectionId, since: Offset) -> Result<(), Refusal> {
        let ordered = self.order_replay(id, since).await;
        self.settle_replay(id, ordered).await
    }

    async fn order_replay(&self, id: &ConnectionId, since: Offset) -> Result<(), Refusal> {
        let document = self.open(id, RequestKind::Replay, &Caller::Socket).await?;
        self.order_catch_up(&document, &CatchUp::after(since))
            .await?;
        Ok(())
    }

    /// Tells the worker of the document and of what to catch up with, in one change. Answers the
    /// place in the event log from which it counts.
    pub(crate) async fn order_catch_up(
        &self,
        document: &ConnectionDocument,
        catch_up: &CatchUp,
    ) -> Result<Offset, Refusal> {
        let cell = self.ports().cell();
        match cell.publish_catch_up(document, catch_up).await? {
            Publication::Done { at, .. } => Ok(at),
            // Cannot happen without an allowance.
            Publication::OverAllowance => Err(Refusal::Unavailable),
        }
    }

    /// A request that was admitted and then refused gives its replay's place back. After
    /// `Unavailable` the order may stand, and the place with it; over a limit it never had one.
    pub(crate) async fn settle_replay<T>(
        &self,
        id: &ConnectionId,
        ordered: Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let gives_back = match &ordered {
            Ok(_) | Err(Refusal::Unavailable | Refusal::RateLimited { .. }) => false,
            Err(_) => true,
        };
        if gives_back
            && let Err(error) = self
                .ports()
                .cell()
                .end_replays(std::slice::from_ref(id))
                .await
        {
            tracing::debug!(%error, "a replay's place frees itself later");
        }
        ordered
    }
}
