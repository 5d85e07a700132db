//! The table of API keys: found by hash, listed in pages, changed one thing at a time.

use std::time::Duration;

use futures_util::future::join_all;
use llama_ws_core::ports::{ApiKey, ApiKeys, HeldKey, KeyRecords};
use llama_ws_core::{KeyId, KeyLimits, Permissions, Principal, SecretKey};

use super::{Checked, Subject, TestTime};

pub async fn a_record_is_found_whole_by_its_key_and_by_its_id<
    S: ApiKeys + KeyRecords,
    T: TestTime,
>(
    on: &Subject<S, T>,
) -> Checked {
    for record in [full_record(on), bare_record(on)] {
        let key = new_key(on);
        assert!(on.store.create(&key.hash(), &record).await?);

        assert_eq!(on.store.find(&key).await?.as_ref(), Some(&record));
        let id = record
            .principal
            .key_id
            .clone()
            .unwrap_or_else(|| panic!("an id"));
        assert_eq!(on.store.by_id(&id).await?, Some((key.hash(), record)));
    }
    Ok(())
}

pub async fn an_unknown_key_is_absent_to_every_call<S: ApiKeys + KeyRecords, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let key = new_key(on);

    assert_eq!(on.store.find(&key).await?, None);
    assert_eq!(on.store.by_id(&KeyId::new(on.new_id("key"))).await?, None);
    assert!(on.store.find_held(&[held(&key)]).await?.is_empty());
    assert!(!on.store.revoke(&key.hash()).await?);
    assert!(!on.store.expire(&key.hash(), on.time.now()).await?);
    assert_eq!(on.store.find(&key).await?, None);
    Ok(())
}

pub async fn a_key_is_not_created_again<S: ApiKeys + KeyRecords, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (key, first) = (new_key(on), full_record(on));

    assert!(on.store.create(&key.hash(), &first).await?);
    assert!(!on.store.create(&key.hash(), &bare_record(on)).await?);

    assert_eq!(on.store.find(&key).await?, Some(first));
    Ok(())
}

pub async fn of_concurrent_creations_exactly_one_wins<S: ApiKeys + KeyRecords, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (key, record) = (new_key(on), full_record(on));
    let hash = key.hash();

    let outcomes = join_all((0..10).map(|_| on.store.create(&hash, &record))).await;
    let created: Vec<_> = outcomes.into_iter().collect::<Result<_, _>>()?;

    assert_eq!(created.iter().filter(|created| **created).count(), 1);
    Ok(())
}

pub async fn a_revoked_key_keeps_its_record_and_is_not_good<
    S: ApiKeys + KeyRecords,
    T: TestTime,
>(
    on: &Subject<S, T>,
) -> Checked {
    let (key, record) = (new_key(on), full_record(on));
    on.store.create(&key.hash(), &record).await?;
    assert!(record.is_good_at(on.time.now()));

    assert!(on.store.revoke(&key.hash()).await?);
    assert!(on.store.revoke(&key.hash()).await?);

    let revoked = ApiKey {
        enabled: false,
        ..record
    };
    assert!(!revoked.is_good_at(on.time.now()));
    assert_eq!(on.store.find(&key).await?, Some(revoked));
    Ok(())
}

pub async fn an_end_that_is_set_replaces_the_one_before<S: ApiKeys + KeyRecords, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    for record in [full_record(on), bare_record(on)] {
        let key = new_key(on);
        on.store.create(&key.hash(), &record).await?;
        let end = on.time.now().plus(Duration::from_millis(60_001));

        assert!(on.store.expire(&key.hash(), end).await?);

        let mut changed = record;
        changed.principal.expires_at = Some(end);
        assert_eq!(on.store.find(&key).await?, Some(changed));
    }
    Ok(())
}

pub async fn held_keys_are_those_that_are_there_as_they_are_now<
    S: ApiKeys + KeyRecords,
    T: TestTime,
>(
    on: &Subject<S, T>,
) -> Checked {
    let keys = [new_key(on), new_key(on), new_key(on)];
    for key in &keys[..2] {
        on.store.create(&key.hash(), &full_record(on)).await?;
    }
    on.store.revoke(&keys[1].hash()).await?;

    let found = on.store.find_held(&keys.each_ref().map(held)).await?;

    let enabled = keys
        .each_ref()
        .map(|key| found.get(&key.hash()).map(|key| key.enabled));
    assert_eq!(enabled, [Some(true), Some(false), None]);
    assert_eq!(found.len(), 2);
    assert!(on.store.find_held(&[]).await?.is_empty());
    Ok(())
}

pub async fn as_many_held_keys_as_allowed_are_found<S: ApiKeys + KeyRecords, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let mut all = Vec::new();
    for _ in 0..llama_ws_core::ports::MAX_HELD_KEYS {
        let key = new_key(on);
        on.store.create(&key.hash(), &bare_record(on)).await?;
        all.push(held(&key));
    }

    assert_eq!(on.store.find_held(&all).await?.len(), all.len());
    Ok(())
}

pub async fn the_pages_of_a_list_are_every_key_once<S: ApiKeys + KeyRecords, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let mut ids = Vec::new();
    for _ in 0..7 {
        let record = full_record(on);
        on.store.create(&new_key(on).hash(), &record).await?;
        ids.push(record.principal.key_id);
    }
    ids.sort_unstable();

    for limit in [1, 6, 7, 8] {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = on.store.list(after.as_ref(), limit).await?;
            assert!(page.keys.len() <= limit);
            listed.extend(page.keys.into_iter().map(|key| key.principal.key_id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        listed.retain(|id| ids.contains(id));
        listed.sort_unstable();
        assert_eq!(listed, ids, "by {limit}");
    }
    Ok(())
}

fn new_key<S, T: TestTime>(on: &Subject<S, T>) -> SecretKey {
    SecretKey::presented(on.new_id("secret"))
}

fn held(key: &SecretKey) -> HeldKey {
    HeldKey {
        id: None,
        hash: key.hash(),
    }
}

/// Every field set.
fn full_record<S, T: TestTime>(on: &Subject<S, T>) -> ApiKey {
    let mut record = bare_record(on);
    record.created_at = Some(on.time.now());
    record.principal.expires_at = Some(on.time.now().plus(Duration::from_secs(3_600)));
    record.principal.limits.connections = Some(u32::MAX);
    record.principal.permissions =
        Permissions::new(["websocket:connect", "websocket:subscribe:token:*"]);
    record
}

fn bare_record<S, T: TestTime>(on: &Subject<S, T>) -> ApiKey {
    let principal = Principal {
        user_id: on.new_user(),
        key_id: Some(KeyId::new(on.new_id("key"))),
        key_hash: None,
        permissions: Permissions::default(),
        expires_at: None,
        limits: KeyLimits::default(),
    };
    ApiKey {
        principal,
        enabled: true,
        created_at: None,
    }
}
