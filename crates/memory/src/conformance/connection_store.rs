//! The table of connections: conditional writes, generations, pages, expiry.

use std::time::Duration;

use futures_util::future::join_all;
use llama_ws_core::ports::{ConnectionStore, Updated};
use llama_ws_core::{
    ChannelOptions, ConnectionDocument, Filters, KeyId, MAX_LIFE, SpelledChannel, Subscription,
};

use super::{Checked, Subject, TestTime};

pub async fn a_taken_id_is_not_created_again<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let first = on.new_document();
    let second = ConnectionDocument {
        source_ip: "192.0.2.2".to_owned(),
        ..first.clone()
    };

    assert!(on.store.create(&first).await?);
    assert!(!on.store.create(&second).await?);

    assert_eq!(on.store.get(&first.connection_id).await?, Some(first));
    Ok(())
}

pub async fn a_document_is_read_back_whole<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = full_document(on);

    on.store.create(&document).await?;

    let stored = on.store.get(&document.connection_id).await?;
    assert_eq!(stored, Some(document));
    Ok(())
}

pub async fn an_unknown_connection_is_absent_to_every_call<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let unknown = on.new_document();

    let id = &unknown.connection_id;
    assert_eq!(on.store.get(id).await?, None);
    assert_eq!(on.store.update(&unknown.next()).await?, Updated::Missing);
    assert_eq!(on.store.remove(id, unknown.connected_at).await?, None);
    assert_eq!(on.store.get(id).await?, None);
    Ok(())
}

pub async fn an_update_replaces_exactly_the_revision_before_it<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let first = on.new_document();
    let second = ConnectionDocument {
        subscription: full_document(on).subscription,
        ..first.next()
    };
    on.store.create(&first).await?;

    assert_eq!(on.store.update(&second.next()).await?, Updated::Conflict);
    assert_eq!(on.store.update(&second).await?, Updated::Stored);
    assert_eq!(on.store.update(&second).await?, Updated::Conflict);
    assert_eq!(on.store.update(&first).await?, Updated::Conflict);

    let stored = on.store.get(&first.connection_id).await?;
    assert_eq!(stored.as_ref(), Some(&second));
    assert_eq!(on.store.update(&second.next()).await?, Updated::Stored);
    Ok(())
}

pub async fn of_concurrent_updates_exactly_one_wins<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let first = on.new_document();
    on.store.create(&first).await?;
    let rivals: Vec<_> = (0..20).map(|n| from_ip(first.next(), n)).collect();

    let outcomes = join_all(rivals.iter().map(|rival| on.store.update(rival))).await;
    let outcomes: Vec<_> = outcomes.into_iter().collect::<Result<_, _>>()?;

    let winners: Vec<_> = rivals
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| **outcome == Updated::Stored)
        .map(|(rival, _)| rival.clone())
        .collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    assert!(!outcomes.contains(&Updated::Missing));
    let stored = on.store.get(&first.connection_id).await?;
    assert_eq!(stored, winners.first().cloned());
    Ok(())
}

pub async fn of_concurrent_creations_exactly_one_wins<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = on.new_document();
    let rivals: Vec<_> = (0..20).map(|n| from_ip(document.clone(), n)).collect();

    let outcomes = join_all(rivals.iter().map(|rival| on.store.create(rival))).await;
    let created: Vec<_> = outcomes.into_iter().collect::<Result<_, _>>()?;

    let winners = created.iter().filter(|created| **created).count();
    assert_eq!(winners, 1, "{created:?}");
    Ok(())
}

pub async fn a_removal_returns_what_it_removed_and_then_nothing<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let document = full_document(on);
    let (id, connected_at) = (&document.connection_id, document.connected_at);
    on.store.create(&document).await?;

    let removed = on.store.remove(id, connected_at).await?;

    assert_eq!(removed.as_ref(), Some(&document));
    assert_eq!(on.store.remove(id, connected_at).await?, None);
    assert_eq!(on.store.get(id).await?, None);
    assert_eq!(on.store.update(&document.next()).await?, Updated::Missing);
    Ok(())
}

pub async fn a_late_removal_never_removes_a_newer_generation<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let newer = on.new_document();
    let before = newer.connected_at.minus(Duration::from_secs(5));
    on.store.create(&newer).await?;

    assert_eq!(on.store.remove(&newer.connection_id, before).await?, None);

    assert_eq!(on.store.get(&newer.connection_id).await?, Some(newer));
    Ok(())
}

pub async fn a_late_update_never_replaces_a_newer_generation<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let newer = on.new_document();
    let late = ConnectionDocument {
        connected_at: newer.connected_at.minus(Duration::from_secs(5)),
        ..newer.next()
    };
    on.store.create(&newer).await?;

    assert_ne!(on.store.update(&late).await?, Updated::Stored);

    assert_eq!(on.store.get(&newer.connection_id).await?, Some(newer));
    Ok(())
}

pub async fn an_expired_document_is_absent<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let mut expired = on.new_document();
    let life = expired.expires_at().since(expired.connected_at);
    expired.connected_at = on.time.now().minus(life + Duration::from_secs(2));
    on.store.create(&expired).await?;

    assert_eq!(on.store.get(&expired.connection_id).await?, None);
    Ok(())
}

/// Checks that let time pass.
pub mod over_time {
    use super::*;

    pub async fn a_document_expires_2_h_10_min_after_it_connected<
        S: ConnectionStore,
        T: TestTime,
    >(
        on: &Subject<S, T>,
    ) -> Checked {
        let mut document = on.new_document();
        let life = MAX_LIFE + Duration::from_secs(10 * 60);
        document.connected_at = on.time.now().minus(life - Duration::from_secs(5));
        on.store.create(&document).await?;

        let stored = on.store.get(&document.connection_id).await?;
        assert_eq!(stored.as_ref(), Some(&document));
        on.time.pass(Duration::from_secs(5)).await;
        assert_eq!(on.store.get(&document.connection_id).await?, None);
        Ok(())
    }
}

/// Every field set.
fn full_document<S, T: TestTime>(on: &Subject<S, T>) -> ConnectionDocument {
    let now = on.time.now();
    let mut document = on.new_document_of(&on.new_user());
    if let Some(principal) = &mut document.principal {
        principal.key_id = Some(KeyId::new("key_1"));
        principal.expires_at = Some(now.plus(Duration::from_secs(3_600)));
    }
    document.user_agent = Some("a client \"1.0\"\u{e9}".to_owned());
    let mut subscription = Subscription::new(now);
    let filters = |chain: &str| Filters {
        chains: Some(vec![chain.to_owned()]),
        min_value: Some(10.into()),
        ..Filters::default()
    };
    for (names, chain, conflate) in [
        (["events:prices", "token:ethereum"], "Ethereum", true),
        (["tvl", "chain:base"], "base", false),
    ] {
        let channels =
            names.map(|name| SpelledChannel::parse(name).unwrap_or_else(|_| panic!("{name}")));
        subscription.subscribe(&channels, filters(chain), ChannelOptions { conflate });
    }
    subscription.update_delivery(Some(true), Some(2.5));
    document.subscription = Some(subscription);
    document
}

fn from_ip(document: ConnectionDocument, last: u8) -> ConnectionDocument {
    ConnectionDocument {
        source_ip: format!("192.0.2.{last}"),
        ..document
    }
}
