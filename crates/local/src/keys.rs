//! API keys: commands as JSON, so that the local service and a table of one's own take the same.

mod answer;
mod command;

pub use answer::{Answer, KeyView};
pub use command::{Command, CreateKey, ListKeys, NamedKey, RotateKey};

use std::time::Duration;

use llama_ws_core::ports::KeyRecords;
use llama_ws_core::{
    KeyFault, KeyId, KeyLimits, NewKey, Permissions, Rotation, UnixMillis, UserId, create_key,
    find_key, revoke_key, rotate_key,
};

/// Keys of a page.
const PAGE: usize = 100;

/// Carries out a command. A key made by it is in the answer and nowhere else.
///
/// # Errors
/// [`KeyFault`].
pub async fn administer(
    records: &impl KeyRecords,
    command: Command,
    now: UnixMillis,
) -> Result<Answer, KeyFault> {
    match command {
        Command::Create(create) => {
            let new = NewKey {
                user_id: UserId::new(create.user_id),
                permissions: Permissions::new(create.permissions),
                limits: KeyLimits {
                    connections: create.connections,
                },
                expires_at: end(now, create.expires_in_ms),
            };
            let issued = create_key(records, new, rand::random(), now).await?;
            Ok(Answer::issued(&issued, now))
        }
        Command::List(list) => {
            let page = records.list(list.after.as_ref(), PAGE).await?;
            Ok(Answer::page(&page, now))
        }
        Command::Show(named) => {
            let key = find_key(records, &KeyId::new(named.key_id)).await?;
            Ok(Answer::one(&key, now))
        }
        Command::Revoke(named) => {
            let key = revoke_key(records, &KeyId::new(named.key_id)).await?;
            Ok(Answer::one(&key, now))
        }
        Command::Rotate(rotate) => {
            let rotation = Rotation {
                overlap: Duration::from_millis(rotate.overlap_ms),
                expires_at: end(now, rotate.expires_in_ms),
            };
            let id = KeyId::new(rotate.key_id);
            let issued = rotate_key(records, &id, rotation, (rand::random(), now)).await?;
            Ok(Answer::issued(&issued, now))
        }
    }
}

fn end(now: UnixMillis, in_ms: Option<u64>) -> Option<UnixMillis> {
    in_ms.map(|ms| now.plus(Duration::from_millis(ms)))
}

#[cfg(test)]
mod tests;
