//! Every key expires, but for those that are bounded otherwise.

use llama_ws_core::Policy;
use llama_ws_core::ports::{
    Acquired, Admission, Checkpoint, Leases, Marks, Membership, RequestKind, Slot, Upkeep,
};
use llama_ws_test_servers::redis::{Redis, Setup};
use llama_ws_test_servers::unique;

use crate::cells::{cell, on_every_server};
use crate::values::{append, authenticated, candidate, document, now, read_all};

on_every_server! {
    every_key_expires_that_is_not_bounded_otherwise
}

/// The logs by their bounds, documents by the connections, the rest by the number of slots.
const BOUNDED: [&str; 6] = ["events", "changes", "subs:", "leases", "counts", "epoch"];

async fn every_key_expires_that_is_not_bounded_otherwise(setup: Setup) {
    let server = Redis::start(setup);
    let cell = cell(&server);
    let (policy, change) = (Policy::default(), RequestKind::SubscriptionChange);
    let (stays, goes) = (document(), document());
    let id = &stays.connection_id;
    cell.admit_connect("192.0.2.1", &policy).await.unwrap();
    cell.publish(&authenticated(&stays, &unique()), Some(1))
        .await
        .unwrap();
    cell.publish(&goes, None).await.unwrap();
    cell.remove(&goes).await.unwrap();
    cell.admit_request(id, change, &policy).await.unwrap();
    cell.begin_wait(id, 1).await.unwrap();
    cell.begin_epoch(llama_ws_core::Offset::ZERO).await.unwrap();
    append(&cell).await;
    let answer = cell.acquire(Slot::WHOLE, &candidate()).await.unwrap();
    let Acquired::Granted(lease) = answer else {
        panic!("{answer:?}");
    };
    let progress = Checkpoint {
        cursor: read_all(&cell).await.read_to,
        marks: vec![(id.clone(), Marks::default())],
        ..Checkpoint::default()
    };
    cell.release(Slot::WHOLE, lease.token, &progress)
        .await
        .unwrap();

    let keys = server.list("KEYS ws:*{*}*").await;
    assert!(keys.len() >= 13, "{keys:?}");
    for key in keys {
        let is_bounded = BOUNDED
            .iter()
            .any(|name| key.contains(&format!("}}:{name}")));
        let ttl = server.say(&format!("PTTL {key}")).await;
        let expires = ttl.strip_prefix(':').unwrap().parse::<i64>().unwrap();
        assert!(is_bounded || expires > 0, "{key} at {}: {expires}", now());
    }
}
