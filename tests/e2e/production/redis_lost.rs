//! Redis lost is not data lost.

use std::time::Duration;

use llama_ws_tests::{Client, Production};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::follower::Follower;

/// How Redis is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Flushed,
    RestartedEmpty,
}

/// A client that wants prices of these tokens, all if none is named.
async fn client(production: &Production, tokens: &[&str]) -> Client {
    let mut client = production.client().await;
    let reply = client
        .ask(&json!({"type": "subscribe", "channels": ["prices"], "filters": {"tokenIds": tokens}}))
        .await;
    assert_eq!(reply["results"][0]["status"], "subscribed", "{reply}");
    client
}

fn price(number: usize) -> Value {
    let token = if number.is_multiple_of(2) {
        "bitcoin"
    } else {
        "ethereum"
    };
    json!({"eventId": number.to_string(), "type": "price_update", "data": {"tokenId": token}})
}

fn number(frame: &Value) -> usize {
    frame["eventId"].as_str().unwrap().parse().unwrap()
}

/// Frames until the first of an event numbered `number` or later.
async fn frames_up_to(client: &mut Client, wanted: usize) -> Vec<Value> {
    let mut frames = Vec::new();
    loop {
        let frame = client.next().await;
        frames.push(frame);
        if number(&frames[frames.len() - 1]) >= wanted {
            return frames;
        }
    }
}

/// Publishes on and on, from `first`, until a worker works with both connections; then 100 more, of
/// which none may be missing. Answers the numbers of the first of these and of the last.
async fn publish_until_certain(production: &Production, first: usize) -> (usize, usize) {
    let mut next = first;
    loop {
        let works = production.lease_is_live().await
            && production.redis.say("SCARD ws:connections").await == ":2";
        if let Some(mut announcer) = production.announcer().await {
            let heard = announcer.publish("events:prices", &price(next)).await;
            next += 1;
            if works && heard == Some(1) {
                break;
            }
        }
        sleep(Duration::from_millis(5)).await;
    }
    let certain = next;
    let mut announcer = production.announcer().await.unwrap();
    for number in certain..certain + 100 {
        assert_eq!(
            announcer.publish("events:prices", &price(number)).await,
            Some(1)
        );
    }
    (certain, certain + 99)
}

async fn lose(loss: Loss) {
    let mut production = Production::start().await;
    let mut all = client(&production, &[]).await;
    let mut bitcoin = client(&production, &["bitcoin"]).await;
    production.works().await;
    let (_, last) = publish_until_certain(&production, 0).await;
    frames_up_to(&mut all, last).await;

    match loss {
        Loss::Flushed => assert_eq!(production.redis.say("FLUSHALL").await, "+OK"),
        Loss::RestartedEmpty => production.redis.crash(),
    }
    let (certain, last) = publish_until_certain(&production, last + 1).await;

    // What was published before the worker noticed may come twice, and is told by its offset.
    let mut follower = Follower::new("0-0");
    let frames = frames_up_to(&mut all, last).await;
    frames.iter().for_each(|frame| follower.take(frame));
    let delivered = follower.delivered.iter().map(|id| id.parse().unwrap());
    let after: Vec<usize> = delivered.filter(|number| *number >= certain).collect();
    assert_eq!(after, (certain..=last).collect::<Vec<_>>(), "{loss:?}");
    let only = frames_up_to(&mut bitcoin, last - 1).await;
    let mut tokens = only.iter().map(|frame| &frame["data"]["tokenId"]);
    assert!(tokens.all(|token| token == "bitcoin"), "{loss:?}");
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_flush_clients_get_their_events_again_and_no_others() {
    lose(Loss::Flushed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_with_an_empty_redis_clients_get_their_events_again_and_no_others() {
    lose(Loss::RestartedEmpty).await;
}
