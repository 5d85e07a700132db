//! Workers relieve each other while events come.

use std::collections::BTreeSet;
use std::time::Duration;

use llama_ws_tests::{Changes, Production};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::follow;
use crate::follower::Follower;

/// A worker whose invocation is this long leaves 2 s after its start, if somebody stands by.
const WORKER_TIMEOUT: Duration = Duration::from_secs(122);

/// Workers that hold the lease one after the other.
const WORKERS: usize = 5;

/// Who share the events: without `batch`, one connection takes no 500 frames a second.
const CLIENTS: usize = 10;

fn price(number: usize) -> Value {
    let token = (number % CLIENTS).to_string();
    json!({"eventId": number.to_string(), "type": "price_update", "data": {"tokenId": token}})
}

/// Publishes through `PUBLISH`, which forgets what nobody hears, until enough workers have held the
/// lease. Answers how many.
async fn publish(production: &Production) -> usize {
    let mut publisher = production.announcer().await.unwrap();
    let mut tick = interval(Duration::from_millis(2));
    // As many as time has brought, however late this task is.
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut published, mut tokens) = (0, BTreeSet::new());
    while tokens.len() < WORKERS {
        tick.tick().await;
        let heard = publisher.publish("events:prices", &price(published)).await;
        assert!(heard.is_some_and(|heard| heard > 0), "nobody listens");
        published += 1;
        if published.is_multiple_of(250) {
            tokens.insert(production.token().await);
        }
    }
    published
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hand_overs_under_500_events_a_second_lose_and_double_nothing() {
    let production = Production::with(Changes {
        worker_timeout: Some(WORKER_TIMEOUT),
        ..Changes::default()
    })
    .await;
    production.works().await;
    let mut clients = Vec::new();
    for token in 0..CLIENTS {
        let mut client = production.client().await;
        let offset = client.join(&[&format!("token:{token}")]).await;
        clients.push((client, Follower::new(&offset)));
    }

    let story = async {
        let published = publish(&production).await;
        for (token, (client, follower)) in clients.iter_mut().enumerate() {
            let numbers = (token..published).step_by(CLIENTS);
            let ids: Vec<String> = numbers.map(|number| number.to_string()).collect();
            follow(client, follower, &ids).await;
            assert_eq!(follower.delivered, ids);
            assert_eq!((follower.gaps.len(), follower.repeats), (0, 0));
        }
    };
    let candidates = async {
        loop {
            production.candidate();
            sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        () = story => {}
        () = candidates => {}
    }
    production.stop().await;
}
