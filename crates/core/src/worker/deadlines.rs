//! Deadlines: when a connection must have authenticated, when its credential and its life end.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::connection::ConnectionDocument;
use crate::identifier::ConnectionId;
use crate::time::UnixMillis;

/// How long before its end a credential is announced to end.
const EXPIRY_NOTICE: Duration = Duration::from_secs(5 * 60);

/// How long before the end of its life a connection is asked to come back.
const LIFE_NOTICE: Duration = Duration::from_secs(60);

/// How long before API Gateway would end it a connection is closed.
const LIFE_MARGIN: Duration = Duration::from_secs(2);

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    /// It has not authenticated in time.
    Unauthenticated,
    /// Its credential ends soon.
    CredentialExpiring,
    /// Its credential has ended.
    CredentialOver,
    /// It should come back on a new connection.
    LifeEnding,
    /// Its life has ended.
    LifeOver,
}

#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    by_time: BTreeSet<(UnixMillis, ConnectionId, Deadline)>,
    by_connection: HashMap<ConnectionId, Vec<(UnixMillis, Deadline)>>,
}

impl Deadlines {
    /// Replaces a connection's deadlines by those of this document. What was met already is not
    /// met again; that its life ends may be said twice, by two workers: better than not at all.
    /// A credential that ends sooner than its notice is not announced.
    pub(crate) fn set(&mut self, document: &ConnectionDocument, now: UnixMillis) {
        let id = &document.connection_id;
        let known = self.by_connection.get(id).cloned().unwrap_or_default();
        let pending: Vec<_> = known
            .iter()
            .filter(|(at, deadline)| self.by_time.contains(&(*at, id.clone(), *deadline)))
            .copied()
            .collect();
        self.clear(id);
        let mut deadlines = vec![
            (document.ends_at().minus(LIFE_NOTICE), Deadline::LifeEnding),
            (document.ends_at().minus(LIFE_MARGIN), Deadline::LifeOver),
        ];
        match &document.principal {
            None => deadlines.extend(
                document
                    .auth_deadline
                    .map(|at| (at, Deadline::Unauthenticated)),
            ),
            Some(principal) => {
                let end = principal.expires_at;
                deadlines.extend(end.map(|at| (at, Deadline::CredentialOver)));
                deadlines
                    .extend(end.map(|at| (at.minus(EXPIRY_NOTICE), Deadline::CredentialExpiring)));
            }
        }
        let waiting = deadlines.iter().filter(|entry| {
            let late_notice = entry.1 == Deadline::CredentialExpiring && entry.0 <= now;
            pending.contains(entry) || !(known.contains(entry) || late_notice)
        });
        self.by_time
            .extend(waiting.map(|&(at, deadline)| (at, id.clone(), deadline)));
        self.by_connection.insert(id.clone(), deadlines);
    }

    /// Forgets a connection.
    pub(crate) fn clear(&mut self, id: &ConnectionId) {
        for (at, deadline) in self.by_connection.remove(id).into_iter().flatten() {
            self.by_time.remove(&(at, id.clone(), deadline));
        }
    }

    /// Takes the next deadline that has passed.
    pub(crate) fn next_due(&mut self, now: UnixMillis) -> Option<(ConnectionId, Deadline)> {
        self.by_time.first().filter(|(at, ..)| *at <= now)?;
        let (_, id, deadline) = self.by_time.pop_first()?;
        Some((id, deadline))
    }

    /// When something is due next.
    pub(crate) fn next_at(&self) -> Option<UnixMillis> {
        self.by_time.first().map(|(at, ..)| *at)
    }
}
