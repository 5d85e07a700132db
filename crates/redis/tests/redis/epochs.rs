//! A store that may have lost its last writes tells the worker; one that only hung up does not.

use llama_ws_core::Offset;
use llama_ws_core::ports::{
    Acquired, Checkpoint, Cursor, EventLog, Health, Lease, Leases, Membership, Renewal, Slot,
    Unavailable, Upkeep,
};
use llama_ws_redis::{RedisCell, RedisConfig, RedisServer, RedisUrl};
use llama_ws_test_servers::redis::{Redis, Setup, USER};

use crate::cells::{cell, config, on_every_server};
use crate::proxy::Proxy;
use crate::values::{candidate, document, event};

on_every_server! {
    a_connection_that_breaks_loses_nothing
    a_mark_that_is_taken_away_asks_for_a_rebuild
    a_server_that_does_not_tell_its_id_is_worked_with
}

mod single {
    use super::{a_restart_from_an_old_snapshot_is_noticed, on_every_server};

    on_every_server! { redis, Redis, a_restart_from_an_old_snapshot_is_noticed }
    on_every_server! { valkey, Valkey, a_restart_from_an_old_snapshot_is_noticed }
    on_every_server! { tls, Tls, a_restart_from_an_old_snapshot_is_noticed }
}

async fn acquire(cell: &RedisCell) -> Lease {
    match cell.acquire(Slot::WHOLE, &candidate()).await.unwrap() {
        Acquired::Granted(lease) => lease,
        held @ Acquired::Held { .. } => panic!("{held:?}"),
    }
}

async fn checkpoint(cell: &RedisCell, lease: &Lease) -> Result<Renewal, Unavailable> {
    let nothing = Checkpoint::default();
    cell.checkpoint(Slot::WHOLE, lease.token, &nothing).await
}

/// The same, once the server is back.
async fn checkpoint_when_back(cell: &RedisCell, lease: &Lease) -> Renewal {
    loop {
        if let Ok(renewal) = checkpoint(cell, lease).await {
            return renewal;
        }
    }
}

/// A worker that has rebuilt, and works.
async fn work(cell: &RedisCell) -> Lease {
    let lease = acquire(cell).await;
    assert!(lease.first);
    cell.begin_epoch(Offset::ZERO).await.unwrap();
    assert_ne!(checkpoint(cell, &lease).await.unwrap(), Renewal::Lost);
    lease
}

/// What the next worker, or this one, is told.
async fn must_rebuild(cell: &RedisCell, lease: &Lease) -> bool {
    if checkpoint_when_back(cell, lease).await == Renewal::Lost {
        return acquire(cell).await.first;
    }
    let end = Checkpoint {
        cursor: Cursor {
            events: Offset::new(u64::MAX, 0),
            ..Cursor::default()
        },
        ..Checkpoint::default()
    };
    let released = cell.release(Slot::WHOLE, lease.token, &end).await;
    released.unwrap();
    acquire(cell).await.first
}

async fn a_restart_from_an_old_snapshot_is_noticed(setup: Setup) {
    let mut server = Redis::start(setup);
    let cell = cell(&server);
    let lease = work(&cell).await;
    assert_eq!(server.say("SAVE").await, "+OK");
    cell.publish(&document(), None).await.unwrap();

    server.crash();

    assert_eq!(checkpoint_when_back(&cell, &lease).await, Renewal::Lost);
    let again = acquire(&cell).await;
    assert!(again.first && again.token > lease.token);
    cell.begin_epoch(Offset::ZERO).await.unwrap();
    assert!(!must_rebuild(&cell, &again).await);
}

#[tokio::test]
async fn a_promoted_replica_is_noticed() {
    let primary = Redis::start(Setup::Redis);
    let replica = Redis::configured(&[format!("replicaof 127.0.0.1 {}", primary.port()).as_str()]);
    // The id is another's once the first replica is there.
    while primary.say("WAIT 1 10000").await != ":1" {}
    let proxy = Proxy::to(primary.port()).await;
    let url = RedisUrl::new(format!("redis://127.0.0.1:{}", proxy.port));
    let cell = RedisCell::connect(&RedisConfig {
        server: RedisServer::Url(url),
        ..config(&primary)
    });
    let cell = cell.unwrap();
    let lease = work(&cell).await;
    assert_eq!(primary.say("WAIT 1 10000").await, ":1");

    drop(primary);
    assert_eq!(replica.say("REPLICAOF NO ONE").await, "+OK");
    proxy.go_to(replica.port());

    assert_eq!(checkpoint_when_back(&cell, &lease).await, Renewal::Lost);
    assert!(acquire(&cell).await.first);
}

async fn a_connection_that_breaks_loses_nothing(setup: Setup) {
    let server = Redis::start(setup);
    let cell = cell(&server);
    let lease = work(&cell).await;

    for _ in 0..3 {
        server.say("CLIENT KILL TYPE normal").await;
        assert_ne!(checkpoint_when_back(&cell, &lease).await, Renewal::Lost);
    }

    assert!(!must_rebuild(&cell, &lease).await);
}

async fn a_mark_that_is_taken_away_asks_for_a_rebuild(setup: Setup) {
    let server = Redis::shared(setup);
    let config = config(&server);
    let cell = RedisCell::connect(&config).unwrap();
    let lease = work(&cell).await;

    let taken = server
        .say(&format!("DEL ws:{{{}}}:epoch", config.tag))
        .await;
    assert_eq!(taken, ":1");

    assert_eq!(checkpoint_when_back(&cell, &lease).await, Renewal::Lost);
    assert!(acquire(&cell).await.first);
}

/// Without `INFO` only a store that forgot the lease is noticed.
async fn a_server_that_does_not_tell_its_id_is_worked_with(setup: Setup) {
    let server = Redis::start(setup);
    let user = if setup == Setup::Tls {
        USER.0
    } else {
        "default"
    };
    let refuse = format!("ACL SETUSER {user} -info");
    assert_eq!(server.say(&refuse).await, "+OK");
    let cell = cell(&server);
    cell.check().await.unwrap();
    cell.append(&[event()]).await.unwrap();
    let lease = work(&cell).await;

    assert!(!must_rebuild(&cell, &lease).await);
}
