//! A store that is switched off answers `Unavailable` to every call, and comes back as it was.

use std::time::Duration;

use futures_util::future::join;
use llama_ws_core::UnixMillis;
use llama_ws_core::ports::{
    Admission, ApiKey, ApiKeys, Checkpoint, ConnectionStore, Cursor, EventLog, Health, Leases,
    Membership, RequestKind, Slot, Statistics, Token, Tokens, Unavailable, Upkeep, WorkLog,
};
use llama_ws_core::{KeyLimits, Offset, Permissions, Policy, Principal, SecretKey, UserId};
use llama_ws_memory::conformance::Subject;
use llama_ws_memory::{ManualClock, MemoryCell, MemoryConnections, MemoryKeys, MemoryTokens};

fn clock() -> ManualClock {
    ManualClock::new(UnixMillis(1_764_000_000_000))
}

fn is_away<T>(answer: Result<T, Unavailable>, store: &str) -> bool {
    answer.is_err_and(|unavailable| unavailable.store == store)
}

#[tokio::test]
async fn a_table_can_be_taken_away_and_given_back() {
    let clock = clock();
    let table = MemoryConnections::new(clock.clone());
    let on = Subject::new(table.clone(), clock, "faults");
    let document = on.new_document_of(&on.new_user());
    let (id, user) = (document.connection_id.clone(), on.new_user());
    table.create(&document).await.unwrap();

    table.fail(true);

    assert!(is_away(table.create(&document).await, "dynamodb"));
    assert!(is_away(table.get(&id).await, "dynamodb"));
    assert!(is_away(table.update(&document.next()).await, "dynamodb"));
    assert!(is_away(
        table.remove(&id, document.connected_at).await,
        "dynamodb"
    ));
    assert!(is_away(table.of_user(&user, None, 1).await, "dynamodb"));
    assert!(is_away(table.scan(None, 1).await, "dynamodb"));
    assert!(is_away(table.check().await, "dynamodb"));

    table.fail(false);
    assert_eq!(table.get(&id).await, Ok(Some(document)));
    assert_eq!(table.check().await, Ok(()));
}

#[tokio::test]
async fn keys_are_found_by_their_hash_until_they_are_removed_or_taken_away() {
    let keys = MemoryKeys::new();
    let record = ApiKey {
        principal: Principal {
            user_id: UserId::new("user"),
            key_id: None,
            key_hash: None,
            permissions: Permissions::default(),
            expires_at: None,
            limits: KeyLimits::default(),
        },
        enabled: true,
        created_at: None,
    };
    let key = SecretKey::presented("secret");
    assert_eq!(keys.find(&key).await, Ok(None));

    keys.insert("secret", record.clone());
    assert_eq!(keys.find(&key).await, Ok(Some(record.clone())));
    assert_eq!(keys.find(&SecretKey::presented("Secret")).await, Ok(None));
    keys.fail(true);
    assert!(is_away(keys.find(&key).await, "dynamodb"));
    keys.fail(false);

    assert_eq!(keys.remove("secret"), Some(record));
    assert_eq!(keys.find(&key).await, Ok(None));
}

#[tokio::test]
async fn a_cell_can_be_taken_away_and_given_back() {
    let clock = clock();
    let cell = MemoryCell::new(clock.clone());
    let on = Subject::new(cell.clone(), clock, "faults");
    let (document, candidate) = (on.new_document(), on.new_candidate());
    let (id, policy) = (document.connection_id.clone(), Policy::default());
    let (slot, cursor) = (Slot::WHOLE, Cursor::default());
    cell.publish(&document, None).await.unwrap();

    cell.fail(true);

    assert!(is_away(
        cell.admit_connect("192.0.2.1", &policy).await,
        "redis"
    ));
    let asked = cell.admit_request(&id, RequestKind::Message, &policy).await;
    assert!(is_away(asked, "redis"));
    assert!(is_away(cell.begin_wait(&id, 1).await, "redis"));
    assert!(is_away(cell.end_wait(&id).await, "redis"));
    assert!(is_away(cell.publish(&document, None).await, "redis"));
    assert!(is_away(Membership::remove(&cell, &document).await, "redis"));
    assert!(is_away(cell.is_live(&id).await, "redis"));
    assert!(is_away(cell.append(&[on.new_event()]).await, "redis"));
    assert!(is_away(cell.append_gap().await, "redis"));
    assert!(is_away(cell.members(slot).await, "redis"));
    let read = cell.read(slot, cursor, 1, Duration::ZERO).await;
    assert!(is_away(read, "redis"));
    assert!(is_away(cell.acquire(slot, &candidate).await, "redis"));
    assert!(is_away(cell.stand_by(slot, &candidate).await, "redis"));
    let (token, progress) = (Token(1), Checkpoint::default());
    assert!(is_away(
        cell.checkpoint(slot, token, &progress).await,
        "redis"
    ));
    assert!(is_away(cell.release(slot, token, &progress).await, "redis"));
    assert!(is_away(cell.counts().await, "redis"));
    assert!(is_away(cell.begin_epoch(Offset::ZERO).await, "redis"));
    assert!(is_away(cell.restore(&[document]).await, "redis"));
    assert!(is_away(cell.sample_live(1).await, "redis"));
    assert!(is_away(cell.discard(&id, UnixMillis(1)).await, "redis"));
    assert!(is_away(cell.check().await, "redis"));

    cell.fail(false);
    assert_eq!(cell.is_live(&id).await, Ok(true));
    assert_eq!(cell.check().await, Ok(()));
}

#[tokio::test]
async fn a_waiting_reader_learns_that_the_cell_is_away() {
    let cell = MemoryCell::new(clock());
    let wait = Duration::from_secs(60);

    let read = cell.read(Slot::WHOLE, Cursor::default(), 1, wait);
    let (read, ()) = join(read, async { cell.fail(true) }).await;

    assert!(is_away(read, "redis"));
}

#[tokio::test]
async fn tokens_can_be_taken_away_and_given_back() {
    let tokens = MemoryTokens::new();
    let now = UnixMillis(0);

    tokens.fail(true);
    assert!(is_away(tokens.verify("token", now).await, "tokens"));

    tokens.fail(false);
    assert_eq!(tokens.verify("token", now).await, Ok(None));
}
