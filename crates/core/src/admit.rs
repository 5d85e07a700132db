//! What every request passes first: its rate limit, its connection, and whose that is.

use std::time::Duration;

use crate::connection::{ConnectionDocument, Principal};
use crate::identifier::ConnectionId;
use crate::policy::{MAX_WAITING_REQUESTS, PRINCIPAL_WAIT};
use crate::ports::{Admission, Clock, ConnectionStore, Ports, RequestKind, Verdict};
use crate::refusal::Refusal;
use crate::service::Service;

/// Between two looks for an authentication that is on its way.
const PRINCIPAL_POLL: Duration = Duration::from_millis(50);

/// Who asks for something on a connection.
#[derive(Debug, Clone)]
pub enum Caller {
    /// The connection itself.
    Socket,
    /// Somebody over HTTP, who must be the connection's user.
    Http(Principal),
}

impl<P: Ports> Service<P> {
    /// Counts a message that needs no principal.
    ///
    /// # Errors
    /// `RateLimited`, `Unavailable`.
    pub async fn admit_message(&self, id: &ConnectionId) -> Result<(), Refusal> {
        self.admit(id, RequestKind::Message).await.map(|_| ())
    }

    /// Counts a request and finds its connection, with a principal that may act on it.
    ///
    /// # Errors
    /// `RateLimited`, `ConnectionNotFound`, `Unauthenticated`, `Unavailable`.
    pub(crate) async fn open(
        &self,
        id: &ConnectionId,
        kind: RequestKind,
        caller: &Caller,
    ) -> Result<ConnectionDocument, Refusal> {
        match caller {
            Caller::Socket => {
                let document = self.admit_known(id, kind).await?;
                self.with_principal(document).await
            }
            // Whose it is comes first: a stranger must not use up the connection's limits.
            Caller::Http(principal) => {
                self.owned(id, principal).await?;
                let document = self.admit_known(id, kind).await?;
                let now = self.now();
                document
                    .principal_at(now)
                    .is_some()
                    .then_some(document)
                    .ok_or(Refusal::Unauthenticated)
            }
        }
    }

    /// The caller's own connection; another user's is not found.
    pub(crate) async fn owned(
        &self,
        id: &ConnectionId,
        caller: &Principal,
    ) -> Result<ConnectionDocument, Refusal> {
        let document = self.read(id).await?;
        let owner = document
            .principal
            .as_ref()
            .map(|principal| &principal.user_id);
        if owner != Some(&caller.user_id) {
            return Err(Refusal::ConnectionNotFound);
        }
        Ok(document)
    }

    /// Counts a request and finds its connection, authenticated or not.
    pub(crate) async fn admit_known(
        &self,
        id: &ConnectionId,
        kind: RequestKind,
    ) -> Result<ConnectionDocument, Refusal> {
        match self.admit(id, kind).await? {
            Some(document) => Ok(document),
            None => self.read(id).await,
        }
    }

    async fn admit(
        &self,
        id: &ConnectionId,
        kind: RequestKind,
    ) -> Result<Option<ConnectionDocument>, Refusal> {
        let admitted = self
            .ports()
            .cell()
            .admit_request(id, kind, self.policy())
            .await?;
        match admitted.verdict {
            Verdict::Admitted => Ok(admitted.document),
            Verdict::Limited { retry_after } => Err(Refusal::RateLimited { retry_after }),
        }
    }

    /// The truth about a connection.
    pub(crate) async fn read(&self, id: &ConnectionId) -> Result<ConnectionDocument, Refusal> {
        self.ports()
            .connections()
            .get(id)
            .await?
            .ok_or(Refusal::ConnectionNotFound)
    }

    /// The document once it has a principal. Messages of one connection run concurrently, so the
    /// authentication sent just before may still be on its way: a few requests wait for it.
    async fn with_principal(
        &self,
        document: ConnectionDocument,
    ) -> Result<ConnectionDocument, Refusal> {
        let now = self.now();
        if document.principal_at(now).is_some() {
            return Ok(document);
        }
        if !document.awaits_authentication(now) {
            return Err(Refusal::Unauthenticated);
        }
        let id = document.connection_id;
        if !self
            .ports()
            .cell()
            .begin_wait(&id, MAX_WAITING_REQUESTS)
            .await?
        {
            return Err(Refusal::Unauthenticated);
        }
        let found = self.await_principal(&id).await;
        if let Err(error) = self.ports().cell().end_wait(&id).await {
            tracing::debug!(%error, "a waiting place frees itself later");
        }
        found
    }

    async fn await_principal(&self, id: &ConnectionId) -> Result<ConnectionDocument, Refusal> {
        let clock = self.ports().clock();
        let give_up = clock.now().plus(PRINCIPAL_WAIT);
        loop {
            let document = match self.read(id).await {
                // A refused credential ends the connection while this request waits.
                Err(Refusal::ConnectionNotFound) => return Err(Refusal::Unauthenticated),
                document => document?,
            };
            let now = clock.now();
            if document.principal_at(now).is_some() {
                return Ok(document);
            }
            if now >= give_up {
                return Err(Refusal::Unauthenticated);
            }
            clock
                .sleep_until(now.plus(PRINCIPAL_POLL).min(give_up))
                .await;
        }
    }
}
