//! Membership: documents and removals, each one script. The set of live connections lies outside
//! the cell's slot, so it is written beside the script, in the same pipeline, and put right after
//! it in the rare case that the script answers otherwise.

use std::time::Duration;

use fred::interfaces::SetsInterface;
use fred::types::Value;
use futures_util::future::join;
use llama_ws_core::ports::{Membership, Publication, Unavailable};
use llama_ws_core::{CatchUp, ConnectionDocument, ConnectionId};

use crate::cell::millis;
use crate::fault::unavailable;
use crate::keys::CONNECTIONS;
use crate::scripts::{PUBLISH, REMOVE};
use crate::{RedisCell, reply};

/// How long a removed connection cannot be published again: longer than any request may take.
const TOMBSTONE_LIFE: Duration = Duration::from_secs(60);

impl Membership for RedisCell {
    async fn publish(
        &self,
        document: &ConnectionDocument,
        allowance: Option<u32>,
    ) -> Result<Publication, Unavailable> {
        let order = Order {
            allowance,
            catch_up: None,
        };
        self.publish_order(document, order).await
    }

    async fn remove(&self, document: &ConnectionDocument) -> Result<(), Unavailable> {
        let id = document.connection_id.as_str();
        let principal = document.principal.as_ref();
        let mut users: Vec<String> = principal
            .map(|principal| principal.user_id.to_string())
            .into_iter()
            .collect();
        // The stored document may be another user's; a second call then names both.
        for _ in 0..2 {
            let (keys, arguments) = self.removal(document, &users);
            let both = async {
                let script = REMOVE.run(self.commands(), keys, arguments);
                let (answer, unlisted) = join(script, self.unlist(id)).await;
                unlisted?;
                answer
            };
            let [outcome, user] = reply::array(self.within(both).await?)?;
            match reply::text(outcome)?.as_str() {
                "user" => users.push(reply::text(user)?),
                "member" => return self.within(self.list(id)).await,
                _ => return Ok(()),
            }
        }
        Err(unavailable("the connection changes too fast to be removed"))
    }

    async fn is_live(&self, id: &ConnectionId) -> Result<bool, Unavailable> {
        self.within(self.commands().sismember(CONNECTIONS, id.as_str()))
            .await
    }
}

/// What is asked together with a publication.
pub(crate) struct Order<'a> {
    pub(crate) allowance: Option<u32>,
    pub(crate) catch_up: Option<&'a CatchUp>,
}

impl RedisCell {
    pub(crate) async fn publish_order(
        &self,
        document: &ConnectionDocument,
        order: Order<'_>,
    ) -> Result<Publication, Unavailable> {
        let id = document.connection_id.as_str();
        let (keys, arguments) = self.publication(document, order)?;
        let both = async {
            let script = PUBLISH.run(self.commands(), keys, arguments);
            let (answer, listed) = join(script, self.list(id)).await;
            listed?;
            answer
        };
        let [outcome, at, live, member] = reply::array(self.within(both).await?)?;
        if !reply::flag(member)? {
            self.within(self.unlist(id)).await?;
        }
        if reply::text(outcome)? == "over" {
            return Ok(Publication::OverAllowance);
        }
        Ok(Publication::Done {
            at: reply::offset(at)?,
            worker_is_live: reply::flag(live)?,
        })
    }

    fn publication(
        &self,
        document: &ConnectionDocument,
        order: Order<'_>,
    ) -> Result<(Vec<String>, Vec<String>), Unavailable> {
        let unwritable = |error| unavailable(format!("a document cannot be written: {error}"));
        let json = serde_json::to_string(document).map_err(unwritable)?;
        let catch_up = order.catch_up.map(serde_json::to_string).transpose();
        let user = document
            .principal
            .as_ref()
            .map(|principal| &principal.user_id);
        let mut keys = self.change_keys(&document.connection_id);
        keys.extend(user.map(|user| self.keys.user(user.as_str())));
        let arguments = vec![
            document.connection_id.to_string(),
            document.connected_at.to_string(),
            document.revision.to_string(),
            json,
            document.expires_at().to_string(),
            self.bounds.max_changes.to_string(),
            user.map(ToString::to_string).unwrap_or_default(),
            order
                .allowance
                .map(|places| places.to_string())
                .unwrap_or_default(),
            catch_up.map_err(unwritable)?.unwrap_or_default(),
        ];
        Ok((keys, arguments))
    }

    fn removal(
        &self,
        document: &ConnectionDocument,
        users: &[String],
    ) -> (Vec<String>, Vec<String>) {
        let mut keys = self.change_keys(&document.connection_id);
        keys.extend(users.iter().map(|user| self.keys.user(user)));
        let mut arguments = vec![
            document.connection_id.to_string(),
            document.connected_at.to_string(),
            self.bounds.max_changes.to_string(),
            millis(TOMBSTONE_LIFE),
        ];
        arguments.extend_from_slice(users);
        (keys, arguments)
    }

    /// What every change of a connection touches.
    fn change_keys(&self, id: &ConnectionId) -> Vec<String> {
        vec![
            self.keys.connection(id),
            self.keys.documents_of(id),
            self.keys.changes(),
            self.keys.events(),
            self.keys.leases(),
        ]
    }

    pub(crate) async fn list(&self, id: &str) -> Result<(), fred::error::Error> {
        let _: Value = self.commands().sadd(CONNECTIONS, id).await?;
        Ok(())
    }

    pub(crate) async fn unlist(&self, id: &str) -> Result<(), fred::error::Error> {
        let _: Value = self.commands().srem(CONNECTIONS, id).await?;
        Ok(())
    }
}

/// A stored document; none if there is none, or one that this version cannot read.
pub(crate) fn document(json: &str) -> Option<ConnectionDocument> {
    if json.is_empty() {
        return None;
    }
    serde_json::from_str(json)
        .inspect_err(|error| tracing::warn!(%error, "a stored document cannot be read"))
        .ok()
}
