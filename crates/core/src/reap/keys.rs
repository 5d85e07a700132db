//! Keys: no session outlives the key it came with. What has become of a key is written into the
//! document as the session's end; the worker says goodbye and closes, and if nobody works, the
//! next run does.

use std::collections::{HashMap, HashSet};

use crate::connection::ConnectionDocument;
use crate::ports::{ApiKey, ApiKeys, HeldKey, KeyHash, MAX_HELD_KEYS, Ports, Unavailable};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::time::UnixMillis;

use super::Run;

/// Sessions of one run whose end is moved: each costs a write to both stores.
const MOVED: usize = 200;

impl<P: Ports> Service<P> {
    /// Moves the end of each session to where its key's is by now.
    pub(super) async fn follow_keys(
        &self,
        documents: &[ConnectionDocument],
        run: &mut Run,
    ) -> Result<(), Unavailable> {
        let held: HashSet<_> = documents.iter().filter_map(held_key).collect();
        let held: Vec<_> = held.into_iter().collect();
        for some in held.chunks(MAX_HELD_KEYS) {
            let found = self.ports().keys().find_held(some).await;
            let Some(found) = run.bear(found)? else {
                continue;
            };
            let asked: HashSet<_> = some.iter().map(|held| held.hash).collect();
            for document in documents {
                let Some(held) = held_key(document).filter(|held| asked.contains(&held.hash))
                else {
                    continue;
                };
                self.follow(document, held.hash, &found, run).await?;
            }
        }
        Ok(())
    }

    async fn follow(
        &self,
        document: &ConnectionDocument,
        hash: KeyHash,
        found: &HashMap<KeyHash, ApiKey>,
        run: &mut Run,
    ) -> Result<(), Unavailable> {
        let now = self.now();
        let end = end_by(found.get(&hash), now);
        let over = document.principal_at(now).is_none();
        let known = document.principal.as_ref().and_then(|held| held.expires_at);
        if over || known == end || run.moved == MOVED {
            return Ok(());
        }
        run.moved += 1;
        let moved = self.end_session(document, hash, end).await;
        if run.bear(moved)?.unwrap_or_default() {
            run.reaped.expired += 1;
        }
        Ok(())
    }

    /// False when the session is no longer this key's.
    async fn end_session(
        &self,
        document: &ConnectionDocument,
        hash: KeyHash,
        end: Option<UnixMillis>,
    ) -> Result<bool, Unavailable> {
        let stored = self
            .store_change(document.clone(), |document| {
                let principal = document.principal.as_mut();
                let principal = principal.filter(|held| held.key_hash == Some(hash));
                let principal = principal.ok_or(Refusal::InvalidCredential)?;
                principal.expires_at = end;
                Ok(())
            })
            .await;
        let published = match stored {
            Ok(stored) => self.publish_change(&stored).await.map(drop),
            Err(refusal) => Err(refusal),
        };
        match published {
            Ok(()) => Ok(true),
            Err(Refusal::Unavailable) => Err(Unavailable {
                store: "connections",
                reason: "the end of a session cannot be moved".to_owned(),
            }),
            Err(_) => Ok(false),
        }
    }
}

fn held_key(document: &ConnectionDocument) -> Option<HeldKey> {
    let principal = document.principal.as_ref()?;
    Some(HeldKey {
        id: principal.key_id.clone(),
        hash: principal.key_hash?,
    })
}

/// When sessions of a key end: at once when it is revoked or gone.
fn end_by(key: Option<&ApiKey>, now: UnixMillis) -> Option<UnixMillis> {
    match key {
        Some(key) if key.enabled => key.principal.expires_at,
        _ => Some(now),
    }
}
