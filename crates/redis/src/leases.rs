//! Leases and checkpoints: each call is one script, by the store's time.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use fred::types::Value;
use llama_ws_core::ports::{
    Acquired, Candidate, Checkpoint, Cursor, LEASE_LIFE, Lease, Leases, Marks, Released, Renewal,
    STANDBY_LIFE, Slot, Token, Unavailable,
};
use llama_ws_core::{ConnectionId, UnixMillis};

use crate::cell::millis;
use crate::fault::unavailable;
use crate::keys::slot_name;
use crate::scripts::{CHECKPOINT, CLAIM, RELEASE};
use crate::{RedisCell, reply};

impl Leases for RedisCell {
    async fn acquire(&self, slot: Slot, candidate: &Candidate) -> Result<Acquired, Unavailable> {
        self.claim(slot, candidate, "0").await
    }

    async fn stand_by(&self, slot: Slot, candidate: &Candidate) -> Result<Acquired, Unavailable> {
        self.claim(slot, candidate, "1").await
    }

    async fn checkpoint(
        &self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
    ) -> Result<Renewal, Unavailable> {
        let mut keys = self.lease_keys(slot);
        keys.push(self.keys.counts());
        let arguments = progress_arguments(slot, token, progress)?;
        let [until, standby] = reply::array(self.run(&CHECKPOINT, keys, arguments).await?)?;
        let until = reply::text(until)?;
        if until.is_empty() {
            return Ok(Renewal::Lost);
        }
        Ok(Renewal::Renewed {
            expires_at: UnixMillis(number(&until)?),
            standby: reply::flag(standby)?,
        })
    }

    async fn release(
        &self,
        slot: Slot,
        token: Token,
        progress: &Checkpoint,
    ) -> Result<Released, Unavailable> {
        let mut keys = self.lease_keys(slot);
        keys.extend([self.keys.counts(), self.keys.events()]);
        let arguments = progress_arguments(slot, token, progress)?;
        let outcome = reply::text(self.run(&RELEASE, keys, arguments).await?)?;
        match outcome.as_str() {
            "handed" => Ok(Released::HandedOver),
            "free" => Ok(Released::Free),
            "refused" => Ok(Released::Refused),
            "lost" => Ok(Released::Lost),
            other => Err(unavailable(format!("answered {other:?} to a release"))),
        }
    }
}

impl RedisCell {
    async fn claim(
        &self,
        slot: Slot,
        candidate: &Candidate,
        stand_by: &str,
    ) -> Result<Acquired, Unavailable> {
        let arguments = vec![
            slot_name(slot),
            candidate.owner.clone(),
            candidate.deadline.to_string(),
            millis(LEASE_LIFE),
            millis(STANDBY_LIFE),
            stand_by.to_owned(),
        ];
        let answer = self.run(&CLAIM, self.lease_keys(slot), arguments).await?;
        let mut answer = reply::list(answer)?;
        if answer.len() == 2 {
            let deadline = reply::text(answer.pop().unwrap_or(Value::Null))?;
            return Ok(Acquired::Held {
                holder_deadline: UnixMillis(number(&deadline)?),
            });
        }
        let [_, token, until, events, changes, first, marks, id_is_known] =
            reply::array(Value::Array(answer))?;
        if !reply::flag(id_is_known)? {
            self.warn_of_unknown_id();
        }
        Ok(Acquired::Granted(Lease {
            token: Token(number(&reply::text(token)?)?),
            expires_at: UnixMillis(number(&reply::text(until)?)?),
            cursor: Cursor {
                events: reply::offset(events)?,
                changes: reply::offset(changes)?,
            },
            marks: marks_of(marks)?,
            first: reply::flag(first)?,
        }))
    }

    /// Once for all that this value is used for.
    fn warn_of_unknown_id(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "Redis does not tell its replication id (INFO): writes that a failover loses are \
                 noticed only where the lease is among them"
            );
        }
    }

    fn lease_keys(&self, slot: Slot) -> Vec<String> {
        vec![
            self.keys.lease(slot),
            self.keys.due(slot),
            self.keys.leases(),
            self.keys.epoch(),
        ]
    }
}

/// As `progress.lua` reads them.
fn progress_arguments(
    slot: Slot,
    token: Token,
    progress: &Checkpoint,
) -> Result<Vec<String>, Unavailable> {
    let counts = serde_json::to_string(&progress.counts)
        .map_err(|error| unavailable(format!("counts cannot be written: {error}")))?;
    let mut arguments = vec![
        slot_name(slot),
        token.0.to_string(),
        millis(LEASE_LIFE),
        millis(STANDBY_LIFE),
        progress.cursor.events.to_string(),
        progress.cursor.changes.to_string(),
        counts,
        progress.marks.len().to_string(),
    ];
    for (id, marks) in &progress.marks {
        arguments.push(id.to_string());
        arguments.push(format!("{} {}", marks.sent, marks.due));
    }
    arguments.extend(progress.forgotten.iter().map(ToString::to_string));
    Ok(arguments)
}

fn marks_of(flat: Value) -> Result<HashMap<ConnectionId, Marks>, Unavailable> {
    let pairs = reply::pairs(reply::list(flat)?)?;
    pairs
        .into_iter()
        .map(|(id, marks)| {
            let marks = parse_marks(&marks)
                .ok_or_else(|| unavailable(format!("answered {marks:?} instead of marks")))?;
            Ok((ConnectionId::new(id), marks))
        })
        .collect()
}

fn parse_marks(text: &str) -> Option<Marks> {
    let (sent, due) = text.split_once(' ')?;
    Some(Marks {
        sent: sent.parse().ok()?,
        due: due.parse().ok()?,
    })
}

fn number(text: &str) -> Result<u64, Unavailable> {
    text.parse()
        .map_err(|_| unavailable(format!("answered {text:?} instead of a number")))
}
