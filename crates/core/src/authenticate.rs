//! `authenticate`: a credential in a message, first or fresh.

use crate::connect::ALLOWANCE_RETRY;
use crate::connection::{ConnectionDocument, Principal};
use crate::credential::Credential;
use crate::identifier::ConnectionId;
use crate::ports::{Membership, Ports, Publication, RequestKind};
use crate::refusal::Refusal;
use crate::service::Service;

/// A refused authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticateRefusal {
    /// Why.
    pub refusal: Refusal,
    /// Whether the connection must be told by a post and closed: it never had a principal.
    pub ends_connection: bool,
}

impl<P: Ports> Service<P> {
    /// Gives a connection its principal, or extends the session of the same user.
    ///
    /// # Errors
    /// The refusal, and whether it ends the connection; a session that exists is never changed.
    pub async fn authenticate(
        &self,
        id: &ConnectionId,
        credential: &Credential,
    ) -> Result<Principal, AuthenticateRefusal> {
        let keep = |refusal| AuthenticateRefusal {
            refusal,
            ends_connection: false,
        };
        let document = self
            .admit_known(id, RequestKind::Message)
            .await
            .map_err(keep)?;
        let first = document.principal.is_none();

        self.establish(document, credential)
            .await
            .map_err(|refusal| AuthenticateRefusal {
                ends_connection: first && is_final(&refusal),
                refusal,
            })
    }

    async fn establish(
        &self,
        document: ConnectionDocument,
        credential: &Credential,
    ) -> Result<Principal, Refusal> {
        let principal = self.identify(credential).await?;
        if !principal.permissions.may_connect() {
            return Err(Refusal::Forbidden);
        }
        let now = self.now();
        let stored = self
            .store_change(document, |document| {
                let may_authenticate = match &document.principal {
                    Some(_) => document
                        .principal_at(now)
                        .is_some_and(|held| held.user_id == principal.user_id),
                    None => document.awaits_authentication(now),
                };
                if !may_authenticate {
                    return Err(Refusal::InvalidCredential);
                }
                document.principal = Some(principal.clone());
                document.authenticated_at = Some(now);
                document.auth_deadline = None;
                Ok(())
            })
            .await?;
        let allowance = Some(principal.limits.connections(self.policy()));
        match self.ports().cell().publish(&stored, allowance).await? {
            Publication::Done { .. } => Ok(principal),
            Publication::OverAllowance => {
                // It ends; until then nobody must find a principal that holds no place.
                self.forget(&stored).await?;
                Err(Refusal::RateLimited {
                    retry_after: ALLOWANCE_RETRY,
                })
            }
        }
    }
}

/// Whether trying again on the same connection cannot help.
fn is_final(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::InvalidCredential | Refusal::Forbidden | Refusal::RateLimited { .. }
    )
}
