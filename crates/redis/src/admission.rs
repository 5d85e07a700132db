//! Limits: windows that open at the first counted request, as counters that expire.

use std::time::Duration;

use fred::interfaces::ListInterface;
use fred::types::Value;
use llama_ws_core::ports::{Admission, Admitted, REPLAY_RETRY, RequestKind, Unavailable, Verdict};
use llama_ws_core::{ConnectionId, LIMIT_WINDOW, Policy};

use crate::cell::millis;
use crate::keys::connect_limit;
use crate::scripts::{ADMIT_CONNECT, ADMIT_REQUEST, BEGIN_WAIT};
use crate::{RedisCell, membership, reply};

/// How long a place to wait is held at most: the longest wait and a second more.
const PLACE_LIFE: Duration = Duration::from_secs(3);

impl Admission for RedisCell {
    async fn admit_connect(&self, ip: &str, policy: &Policy) -> Result<Verdict, Unavailable> {
        let arguments = vec![policy.connects_per_minute.to_string(), millis(LIMIT_WINDOW)];
        let remains = self.run(&ADMIT_CONNECT, vec![connect_limit(ip)], arguments);
        verdict(remains.await?)
    }

    async fn admit_request(
        &self,
        id: &ConnectionId,
        kind: RequestKind,
        policy: &Policy,
    ) -> Result<Admitted, Unavailable> {
        let mut keys = vec![
            self.keys.connection(id),
            self.keys.documents_of(id),
            self.keys.message_limit(id),
        ];
        let mut arguments = vec![
            id.to_string(),
            millis(LIMIT_WINDOW),
            policy.messages_per_minute.to_string(),
        ];
        if kind != RequestKind::Message {
            keys.push(self.keys.change_limit(id));
            arguments.push(policy.subscription_changes_per_minute.to_string());
        }
        if kind == RequestKind::Replay {
            keys.push(self.keys.replay(id));
            arguments.extend(["1".to_owned(), millis(REPLAY_RETRY)]);
        }
        let [remains, document] = reply::array(self.run(&ADMIT_REQUEST, keys, arguments).await?)?;
        Ok(Admitted {
            verdict: verdict(remains)?,
            document: membership::document(&reply::text(document)?),
        })
    }

    async fn begin_wait(&self, id: &ConnectionId, places: u32) -> Result<bool, Unavailable> {
        let arguments = vec![places.to_string(), millis(PLACE_LIFE)];
        let taken = self.run(&BEGIN_WAIT, vec![self.keys.waits(id)], arguments);
        reply::flag(taken.await?)
    }

    /// Gives back the oldest place: which one it was makes no difference but to when a place that
    /// is never given back frees itself.
    async fn end_wait(&self, id: &ConnectionId) -> Result<(), Unavailable> {
        let key = self.keys.waits(id);
        let _: Value = self.within(self.commands().lpop(key, None)).await?;
        Ok(())
    }
}

/// What remains of a full window in milliseconds, or -1.
fn verdict(remains: Value) -> Result<Verdict, Unavailable> {
    if remains.as_i64() == Some(-1) {
        return Ok(Verdict::Admitted);
    }
    Ok(Verdict::Limited {
        retry_after: Duration::from_millis(reply::number(remains)?),
    })
}
