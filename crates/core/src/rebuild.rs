//! Rebuild: Redis can be lost whole or lose its last writes; DynamoDB knows every connection.

use std::time::Duration;

use crate::offset::Offset;
use crate::ports::{
    Checkpoint, Clock, ConnectionStore, Lease, Leases, Ports, Renewal, Slot, Unavailable, Upkeep,
};
use crate::service::Service;

/// Connections read and put back at a time.
const PAGE: usize = 500;

/// Between two renewals of the lease while rebuilding.
const RENEW_EVERY: Duration = Duration::from_secs(2);

/// How a rebuild ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rebuilt {
    /// Membership is whole again, and the gap is marked.
    Whole,
    /// Somebody else took the lease meanwhile.
    Lost,
}

impl<P: Ports> Service<P> {
    /// Puts every connection back into membership, then begins an epoch above `floor`, the last
    /// offset known from before.
    pub(crate) async fn rebuild(
        &self,
        slot: Slot,
        lease: &Lease,
        floor: Offset,
    ) -> Result<Rebuilt, Unavailable> {
        let (connections, cell) = (self.ports().connections(), self.ports().cell());
        let progress = Checkpoint {
            cursor: lease.cursor,
            ..Checkpoint::default()
        };
        let mut renew_at = self.now().plus(RENEW_EVERY);
        let (mut after, mut count) = (None, 0);
        loop {
            let page = connections.scan(after.as_ref(), PAGE).await?;
            count += page.documents.len();
            cell.restore(&page.documents).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
            let now = self.ports().clock().now();
            if now >= renew_at {
                renew_at = now.plus(RENEW_EVERY);
                if cell.checkpoint(slot, lease.token, &progress).await? == Renewal::Lost {
                    return Ok(Rebuilt::Lost);
                }
            }
        }
        let gap = cell.begin_epoch(floor.max(lease.cursor.events)).await?;
        tracing::warn!(connections = count, %gap, "membership was rebuilt");
        Ok(Rebuilt::Whole)
    }
}
