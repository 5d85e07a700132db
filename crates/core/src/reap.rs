//! The reaper: ends what the worker did not end, and removes what `$disconnect` never reported.
//! Each step is safe to repeat, so runs may overlap; each run is bounded, and starts elsewhere.

use std::time::Duration;

use crate::connection::ConnectionDocument;
use crate::identifier::ConnectionId;
use crate::ports::{ConnectionStore, Ports, PostOutcome, Presence, Push, Unavailable, Upkeep};
use crate::service::Service;
use crate::time::UnixMillis;

mod keys;
mod run;

pub use run::Reaped;
use run::Run;

/// Connections read and compared at a time.
const PAGE: usize = 200;

/// Pages of one run.
const PAGES: usize = 5;

/// Connections of one run that API Gateway is asked about: each costs a request of the account's.
const ASKED: usize = 100;

/// Connections that one run ends.
const ENDED: usize = 100;

/// Ids of one run that are looked up because Redis counts them as live.
const SAMPLED: usize = 200;

/// While `$connect` may still run, which is 29 s at most, API Gateway answers 410 and the
/// connection may be in Redis alone.
const SETTLING: Duration = Duration::from_secs(30);

/// The worker's deadlines come first: it says goodbye, the reaper does not.
const GRACE: Duration = Duration::from_secs(5);

impl<P: Ports> Service<P> {
    /// Looks at a part of the connections, from a random place on and from the end on to the
    /// beginning, each once.
    ///
    /// # Errors
    /// [`Unavailable`]; what was done stays done, and the next run does the rest.
    pub async fn reap(&self) -> Result<Reaped, Unavailable> {
        let mut run = Run::default();
        let outcome = async {
            self.look_through(&mut run).await?;
            self.discard_unknown(&mut run).await
        };
        let outcome = outcome.await;
        if let Err(error) = &outcome {
            tracing::warn!(%error, reaped = ?run.reaped, "the reaper gave up");
        }
        outcome.map(|()| run.reaped)
    }

    async fn look_through(&self, run: &mut Run) -> Result<(), Unavailable> {
        let mut after = Some(anywhere(self.random()));
        let mut wrapped = false;
        for _ in 0..PAGES {
            let page = self
                .ports()
                .connections()
                .scan(after.as_ref(), PAGE)
                .await?;
            let found = page.documents.len();
            let fresh: Vec<_> = page
                .documents
                .into_iter()
                .filter(|document| run.seen.insert(document.connection_id.clone()))
                .collect();
            let came_round = fresh.len() < found;
            self.look_at(fresh, run).await?;
            if came_round || (wrapped && page.next.is_none()) {
                break;
            }
            wrapped |= page.next.is_none();
            after = page.next;
        }
        Ok(())
    }

    /// Ends or forgets some, and makes sure of the copies of those that stay.
    async fn look_at(
        &self,
        documents: Vec<ConnectionDocument>,
        run: &mut Run,
    ) -> Result<(), Unavailable> {
        let mut staying = Vec::with_capacity(documents.len());
        for document in documents {
            let stays = self.stays(&document, run).await;
            if run.bear(stays)?.unwrap_or_default() {
                staying.push(document);
            }
        }
        self.ports().cell().restore(&staying).await?;
        run.reaped.compared += staying.len();
        self.follow_keys(&staying, run).await
    }

    /// Whether the connection stays, after what had to be done about it.
    async fn stays(
        &self,
        document: &ConnectionDocument,
        run: &mut Run,
    ) -> Result<bool, Unavailable> {
        let (id, now) = (&document.connection_id, self.now());
        if is_over(document, now) {
            if run.ending == ENDED {
                return Ok(true);
            }
            run.ending += 1;
            return self.end(document, run).await;
        }
        if run.asked == ASKED || now.since(document.connected_at) < SETTLING {
            return Ok(true);
        }
        run.asked += 1;
        if self.ports().push().find(id).await != Presence::Gone {
            return Ok(true);
        }
        self.forget(document).await?;
        run.reaped.forgotten += 1;
        Ok(false)
    }

    /// Ends a connection, unless it has just shown another credential: a page may be old. What
    /// cannot be closed keeps its records, so that the next run tries again.
    async fn end(&self, seen: &ConnectionDocument, run: &mut Run) -> Result<bool, Unavailable> {
        let id = &seen.connection_id;
        let stored = self.ports().connections().get(id).await?;
        let document = stored.as_ref().unwrap_or(seen);
        if document.connected_at != seen.connected_at || !is_over(document, self.now()) {
            return Ok(true);
        }
        let closed = self.ports().push().close(id).await;
        if matches!(closed, PostOutcome::Throttled | PostOutcome::Failed) {
            return Ok(true);
        }
        self.forget(document).await?;
        run.reaped.ended += 1;
        Ok(false)
    }

    async fn discard_unknown(&self, run: &mut Run) -> Result<(), Unavailable> {
        let settled = self.now().minus(SETTLING);
        for id in self.ports().cell().sample_live(SAMPLED).await? {
            if run.seen.contains(&id) {
                continue;
            }
            let discarded = self.discard_if_unknown(&id, settled).await;
            if run.bear(discarded)?.unwrap_or_default() {
                run.reaped.discarded += 1;
            }
        }
        run.faults.pop().map_or(Ok(()), Err)
    }

    async fn discard_if_unknown(
        &self,
        id: &ConnectionId,
        settled: UnixMillis,
    ) -> Result<bool, Unavailable> {
        match self.ports().connections().get(id).await? {
            Some(_) => Ok(false),
            None => self.ports().cell().discard(id, settled).await,
        }
    }
}

/// Whether its life, its credential, or the time to show one has ended a while ago.
fn is_over(document: &ConnectionDocument, now: UnixMillis) -> bool {
    let then = now.minus(GRACE);
    let end = match &document.principal {
        Some(principal) => principal.expires_at,
        None => document.auth_deadline,
    };
    document.ends_at() <= then || end.is_some_and(|end| end <= then)
}

/// A key that is as likely in any place as in any other.
fn anywhere(random: u64) -> ConnectionId {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letters = (0..10).filter_map(|letter| {
        let bits = usize::try_from((random >> (6 * letter)) & 63).ok()?;
        ALPHABET.get(bits).map(|letter| char::from(*letter))
    });
    ConnectionId::new(letters.collect::<String>())
}

#[cfg(test)]
mod tests;
