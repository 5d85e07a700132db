//! Workers come and go every quarter of an hour; clients notice nothing.

use std::time::Duration;

use llama_ws_memory::ManualClock;
use llama_ws_tests::{Client, Stage, pass, roomy, start_time};
use serde_json::{Value, json};

use crate::follower::Follower;

/// What has come by now: everything before the answer to a ping.
async fn arrived(client: &mut Client) -> Vec<Value> {
    client.send(&json!({"type": "ping"})).await;
    let mut frames = Vec::new();
    loop {
        let frame = client.next().await;
        if frame["type"] == "pong" {
            return frames;
        }
        frames.push(frame);
    }
}

async fn publish(stage: &Stage<ManualClock>, id: &str) {
    stage
        .publish(&json!({"eventId": id, "type": "alert", "data": {}}))
        .await;
}

#[tokio::test]
async fn hand_overs_neither_lose_nor_repeat_nor_delay() {
    const EVERY: Duration = Duration::from_secs(3);
    const EVENTS: u64 = 50 * 60 / 3;
    let (stage, clock) = Stage::frozen(roomy()).await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;
    publish(&stage, "warm-up").await;
    let warm_up = client.next().await;
    let mut follower = Follower::new(warm_up["offset"].as_str().unwrap());

    let mut longest_delay = 0;
    for n in 0..EVENTS {
        publish(&stage, &n.to_string()).await;
        let at = stage.now().0;
        pass(&clock, EVERY).await;
        for frame in arrived(&mut client).await {
            follower.take(&frame);
            let sent_at = frame["metadata"]["sentAt"].as_u64().unwrap();
            longest_delay = longest_delay.max(sent_at.saturating_sub(at));
        }
    }
    let expected: Vec<String> = (0..EVENTS).map(|n| n.to_string()).collect();
    assert_eq!(follower.delivered, expected);
    assert_eq!((follower.gaps.len(), follower.repeats), (0, 0));
    assert!(longest_delay <= 2_000, "an event waited {longest_delay} ms");
}

/// A process that was paused wakes up late: its lease is over, and somebody else may have it.
/// Frames may come twice, which the client's rule tells; none may be lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_were_paused_lose_nothing() {
    const PAUSE: Duration = Duration::from_secs(61);
    let (stage, clock) = Stage::frozen(roomy()).await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;
    publish(&stage, "warm-up").await;
    let warm_up = client.next().await;
    let mut follower = Follower::new(warm_up["offset"].as_str().unwrap());

    let mut published = Vec::new();
    for turn in 0..100 {
        for n in 0..4 {
            let id = format!("{turn}-{n}");
            publish(&stage, &id).await;
            published.push(id);
            if n == 2 {
                clock.advance(PAUSE);
            }
        }
        for frame in arrived(&mut client).await {
            follower.take(&frame);
        }
    }
    while follower.delivered.len() < published.len() {
        // Nobody works, perhaps, until the next candidate comes.
        clock.advance(Duration::from_millis(100));
        for frame in arrived(&mut client).await {
            follower.take(&frame);
        }
        assert!(stage.now() < start_time().plus(Duration::from_secs(7_000)));
    }
    assert_eq!(follower.delivered, published);
    assert_eq!(follower.gaps, []);
}
