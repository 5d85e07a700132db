//! One way to change a connection's document: conditional on its revision, then published.

use std::time::Duration;

use crate::connection::ConnectionDocument;
use crate::offset::Offset;
use crate::ports::{Clock, ConnectionStore, Membership, Ports, Publication, Updated};
use crate::refusal::Refusal;
use crate::service::Service;

/// How often a change is tried again after somebody else's came first.
const MAX_RETRIES: u32 = 5;

/// Longest pause before the first retry; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

impl<P: Ports> Service<P> {
    /// Stores what `alter` makes of the document, starting from the copy at hand and from the
    /// truth after a conflict. `alter` is asked again each time and may refuse.
    pub(crate) async fn store_change<F>(
        &self,
        mut document: ConnectionDocument,
        alter: F,
    ) -> Result<ConnectionDocument, Refusal>
    where
        F: Fn(&mut ConnectionDocument) -> Result<(), Refusal>,
    {
        for attempt in 0..=MAX_RETRIES {
            let mut changed = document.next();
            alter(&mut changed)?;
            match self.ports().connections().update(&changed).await? {
                Updated::Stored => return Ok(changed),
                Updated::Missing => return Err(Refusal::ConnectionNotFound),
                Updated::Conflict => {}
            }
            self.pause(attempt).await;
            document = self.read(&document.connection_id).await?;
        }
        tracing::warn!(connection_id = %document.connection_id, "gave up after {MAX_RETRIES} conflicts");
        Err(Refusal::Unavailable)
    }

    /// Tells the worker. Answers the place in the event log from which it counts.
    pub(crate) async fn publish_change(
        &self,
        document: &ConnectionDocument,
    ) -> Result<Offset, Refusal> {
        match self.ports().cell().publish(document, None).await? {
            Publication::Done { at, .. } => Ok(at),
            // Cannot happen without an allowance; if it does, the change is stored but not live.
            Publication::OverAllowance => Err(Refusal::Unavailable),
        }
    }

    /// Full jitter: anything from nothing to the doubled pause.
    async fn pause(&self, attempt: u32) {
        let longest = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt));
        let longest_ms = u64::try_from(longest.as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        let pause = Duration::from_millis(self.random() % longest_ms);
        let clock = self.ports().clock();
        clock.sleep_until(clock.now().plus(pause)).await;
    }
}
