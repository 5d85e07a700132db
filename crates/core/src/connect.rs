//! `$connect`: who may open a connection.

use std::net::IpAddr;

use crate::connection::{ConnectionDocument, Principal};
use crate::credential::Credential;
use crate::identifier::ConnectionId;
use crate::policy::{AUTHENTICATION_DEADLINE, AuthMode};
use crate::ports::{
    Admission, ConnectionStore, Membership, Ports, Publication, Verdict, WorkerStarter,
};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::time::UnixMillis;

/// How long a user over its allowance is told to wait: places free themselves at any time.
pub(crate) const ALLOWANCE_RETRY: std::time::Duration = std::time::Duration::from_secs(60);

/// A connection that asks to be opened.
#[derive(Debug, Clone)]
pub struct ConnectRequest {
    /// As API Gateway names it.
    pub connection_id: ConnectionId,
    /// As API Gateway counts it.
    pub connected_at: UnixMillis,
    /// The peer, as API Gateway vouches for it: never a client's header.
    pub source_ip: String,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// What it showed.
    pub credential: Option<Credential>,
}

impl<P: Ports> Service<P> {
    /// Opens a connection, or leaves nothing behind.
    ///
    /// # Errors
    /// `Unauthenticated`, `InvalidCredential`, `Forbidden`, `RateLimited`, `Unavailable`.
    pub async fn connect(&self, request: ConnectRequest) -> Result<(), Refusal> {
        self.admit_ip(&request.source_ip).await?;
        let principal = self
            .connecting_principal(request.credential.as_ref())
            .await?;
        let document = self.new_document(request, principal);

        let allowance = document
            .principal
            .as_ref()
            .map(|principal| principal.limits.connections(self.policy()));
        let worker_is_live = match self.ports().cell().publish(&document, allowance).await {
            Ok(Publication::Done { worker_is_live, .. }) => worker_is_live,
            Ok(Publication::OverAllowance) => {
                return Err(Refusal::RateLimited {
                    retry_after: ALLOWANCE_RETRY,
                });
            }
            Err(error) => return self.undo_connect(&document, &error.to_string()).await,
        };
        match self.ports().connections().create(&document).await {
            Ok(true) => {}
            Ok(false) => {
                return self
                    .undo_connect(&document, "the connection id is taken")
                    .await;
            }
            Err(error) => return self.undo_connect(&document, &error.to_string()).await,
        }
        if !worker_is_live {
            self.ports().starter().start().await;
        }
        Ok(())
    }

    async fn admit_ip(&self, ip: &str) -> Result<(), Refusal> {
        let loopback = ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if self.policy().exempt_loopback && loopback {
            return Ok(());
        }
        match self.ports().cell().admit_connect(ip, self.policy()).await? {
            Verdict::Admitted => Ok(()),
            Verdict::Limited { retry_after } => Err(Refusal::RateLimited { retry_after }),
        }
    }

    async fn connecting_principal(
        &self,
        credential: Option<&Credential>,
    ) -> Result<Option<Principal>, Refusal> {
        let Some(credential) = credential else {
            return match self.policy().auth_mode {
                AuthMode::Deferred => Ok(None),
                AuthMode::Required => Err(Refusal::Unauthenticated),
            };
        };
        let principal = self.identify(credential).await?;
        if !principal.permissions.may_connect() {
            return Err(Refusal::Forbidden);
        }
        Ok(Some(principal))
    }

    fn new_document(
        &self,
        request: ConnectRequest,
        principal: Option<Principal>,
    ) -> ConnectionDocument {
        let now = self.now();
        ConnectionDocument {
            connection_id: request.connection_id,
            revision: 1,
            connected_at: request.connected_at,
            authenticated_at: principal.is_some().then_some(now),
            auth_deadline: principal
                .is_none()
                .then(|| now.plus(AUTHENTICATION_DEADLINE)),
            principal,
            source_ip: request.source_ip,
            user_agent: request.user_agent,
            subscription: None,
        }
    }

    /// A store failed half-way: takes back what may have been written. What cannot be taken back
    /// now expires, or falls to the reaper.
    async fn undo_connect(
        &self,
        document: &ConnectionDocument,
        reason: &str,
    ) -> Result<(), Refusal> {
        tracing::error!(connection_id = %document.connection_id, reason, "connect refused");
        if let Err(error) = self.forget(document).await {
            tracing::error!(connection_id = %document.connection_id, %error, "a refused connect may leave a record");
        }
        Err(Refusal::Unavailable)
    }
}
