//! A worker is killed.

use llama_ws_tests::Production;
use serde_json::Value;

use super::{alert, follow};
use crate::follower::Follower;

/// Mid-batch, with hundreds of posts to go. What was in the log arrives, in order; what was not
/// checkpointed may come again and is told by its `offset`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_mid_batch_loses_nothing_that_was_in_the_log() {
    /// No more than a lane holds.
    const EVENTS: usize = 800;
    const BATCH: usize = 200;
    let production = Production::start().await;
    let mut client = production.client().await;
    production.works().await;
    let mut follower = Follower::new(&client.join(&["alerts"]).await);

    let ids: Vec<String> = (0..EVENTS).map(|n| n.to_string()).collect();
    let ingest = async |batch: &[String]| {
        let events: Vec<Value> = batch.iter().map(|id| alert(id)).collect();
        production.ingest(&events).await;
    };
    ingest(&ids[..BATCH]).await;
    follow(&mut client, &mut follower, &ids[..BATCH / 4]).await;
    production.kill_workers();
    assert!(follower.delivered.len() < BATCH, "it was not in the middle");
    for batch in ids[BATCH..].chunks(BATCH) {
        ingest(batch).await;
    }
    // The lease runs out in 10 s; ingest starts a worker when it finds none.
    production.lease_runs_out().await;
    production.ingest(&[alert("after")]).await;
    let all: Vec<String> = ids.into_iter().chain(["after".to_owned()]).collect();
    follow(&mut client, &mut follower, &all).await;

    assert_eq!(follower.delivered, all);
    assert_eq!(follower.gaps, []);
    production.stop().await;
}

/// Pub/sub forgets what nobody heard, so the next listener says that something may be missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_published_while_nobody_listened_shows_as_a_gap() {
    let production = Production::start().await;
    let mut client = production.client().await;
    production.works().await;
    client.join(&["alerts"]).await;
    production.ingest(&[alert("before")]).await;
    assert_eq!(client.next().await["eventId"], "before");

    production.kill_workers();
    production
        .announce_unheard("events:alerts", &alert("unheard"))
        .await;
    production.lease_runs_out().await;
    production.candidate();
    production.announce("events:alerts", &alert("after")).await;

    // What was not checkpointed comes again; the first frame of the next worker tells the gap.
    let first = client.next().await;
    assert_eq!(first["prev"], Value::Null, "{first}");
    if first["eventId"] == "before" {
        assert_eq!(client.next().await["eventId"], "after");
    } else {
        assert_eq!(first["eventId"], "after");
    }
    production.stop().await;
}
