//! Delivery: every client gets exactly its events, in order, and can tell when it did not.

mod broadcasts;
mod endings;
mod hand_overs;

use futures_util::future::join_all;
use llama_ws_core::Offset;
use llama_ws_functions::SystemClock;
use llama_ws_local::dev::LocalOptions;
use llama_ws_local::gateway::Limits;
use llama_ws_tests::{Client, Stage, roomy};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::follower::Follower;

/// A stage whose worker has passed the gap marker that the first one ever writes: from here on it
/// knows every predecessor.
async fn steady(options: LocalOptions) -> Stage {
    let stage = Stage::with(SystemClock, options).await;
    let mut client = stage.client().await;
    client.join(&["general"]).await;
    stage.publish(&json!({"type": "x", "data": {}})).await;
    client.next().await;
    stage
}

fn offset(frame: &Value, field: &str) -> Offset {
    frame[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} in {frame}"))
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_events_arrive_in_order_each_naming_the_one_before() {
    const EVENTS: u64 = 1_000;
    let stage = steady(roomy()).await;
    let mut client = stage.client().await;
    let subscribed: Offset = client.join(&["prices"]).await.parse().unwrap();

    let mut published = 0;
    let mut batch_size = 1;
    while published < EVENTS {
        let numbers = published..EVENTS.min(published + batch_size);
        published = numbers.end;
        batch_size = batch_size % 97 + 5;
        // Every third event is another channel's.
        let events: Vec<Value> = numbers
            .flat_map(|n| {
                let other = (n % 3 == 0).then(|| json!({"type": "tvl_change", "data": {}}));
                other
                    .into_iter()
                    .chain([json!({"type": "price_update", "data": {"n": n}})])
            })
            .collect();
        stage.publish(&json!(events)).await;
    }

    let mut before = None;
    for n in 0..EVENTS {
        let frame = client.next().await;
        assert_eq!(frame["data"]["n"], n);
        let prev = offset(&frame, "prev");
        match before {
            None => assert!(prev <= subscribed, "{prev} is after {subscribed}"),
            Some(before) => assert_eq!(prev, before),
        }
        let here = offset(&frame, "offset");
        assert!(here > prev, "{here} is not after {prev}");
        before = Some(here);
    }
}

/// What a client asked for, in the words of the test.
struct Wish {
    channel: &'static str,
    token: Option<u32>,
    min: Option<u32>,
}

impl Wish {
    fn random(random: &mut StdRng) -> Self {
        let channels = ["prices", "token:0", "token:1", "chain:c", "tvl"];
        Self {
            channel: channels[random.random_range(0..channels.len())],
            token: random.random_bool(0.5).then(|| random.random_range(0..4)),
            min: random.random_bool(0.5).then(|| random.random_range(0..100)),
        }
    }

    fn filters(&self) -> Value {
        let mut filters = json!({});
        if let Some(token) = self.token {
            filters["tokenIds"] = json!([token.to_string()]);
        }
        if let Some(min) = self.min {
            filters["minValue"] = json!(min);
        }
        filters
    }

    fn wants(&self, event: &Price) -> bool {
        let on_channel = match self.channel {
            "prices" => true,
            "token:0" => event.token == 0,
            "token:1" => event.token == 1,
            "chain:c" => event.on_chain,
            _ => false,
        };
        on_channel
            && self.token.is_none_or(|token| token == event.token)
            && self.min.is_none_or(|min| event.value >= min)
    }
}

struct Price {
    id: String,
    token: u32,
    value: u32,
    on_chain: bool,
}

impl Price {
    fn random(random: &mut StdRng, n: usize) -> Self {
        Self {
            id: n.to_string(),
            token: random.random_range(0..4),
            value: random.random_range(0..100),
            on_chain: random.random_bool(0.5),
        }
    }

    fn json(&self) -> Value {
        let chain = if self.on_chain { "c" } else { "d" };
        json!({
            "eventId": self.id, "type": "price_update",
            "data": {"tokenId": self.token.to_string(), "price": self.value, "chain": chain},
        })
    }
}

/// Reads up to the announcement `end`, as a client that follows the contract's rule.
async fn follow(client: &mut Client, since: &str, end: &str) -> Follower {
    let mut follower = Follower::new(since);
    loop {
        let frame = client.next().await;
        follower.take(&frame);
        if frame["eventId"] == end {
            return follower;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_with_mixed_filters_each_get_exactly_theirs() {
    let mut random = StdRng::seed_from_u64(1);
    let stage = steady(roomy()).await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        let wish = Wish::random(&mut random);
        let mut client = stage.client().await;
        let since = client.join_filtered(&[wish.channel], &wish.filters()).await;
        clients.push((client, wish, since));
    }
    let events: Vec<Price> = (0..150).map(|n| Price::random(&mut random, n)).collect();
    for batch in events.chunks(20) {
        let batch: Vec<Value> = batch.iter().map(Price::json).collect();
        stage.publish(&json!(batch)).await;
    }
    stage.announce("end").await;

    let read = clients.into_iter().map(|(mut client, wish, since)| {
        let events = &events;
        async move {
            let follower = follow(&mut client, &since, "end").await;
            let wanted = events.iter().filter(|event| wish.wants(event));
            let mut expected: Vec<&str> = wanted.map(|event| event.id.as_str()).collect();
            expected.push("end");
            assert_eq!(follower.delivered, expected);
            assert_eq!(follower.gaps, [], "filters make no holes");
        }
    });
    join_all(read).await;
}

/// Leaving, joining again and changing filters never look like a loss.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_changes_its_mind_sees_no_gap() {
    let mut random = StdRng::seed_from_u64(2);
    let stage = steady(roomy()).await;
    let mut client = stage.client().await;
    let since = client.join(&["prices"]).await;
    let mut follower = Follower::new(&since);
    for turn in 0..100 {
        let wish = Wish::random(&mut random);
        let request = match turn % 4 {
            0 => json!({"type": "unsubscribe"}),
            1 => json!({"type": "subscribe", "channels": ["prices", wish.channel]}),
            2 => json!({"type": "filters", "filters": wish.filters()}),
            _ => json!({"type": "unsubscribe", "channels": ["prices"]}),
        };
        client.ask(&request).await;
        let events: Vec<Value> = (0..10)
            .map(|n| Price::random(&mut random, turn * 10 + n).json())
            .collect();
        stage.publish(&json!(events)).await;
        let end = format!("end-{turn}");
        stage.announce(&end).await;
        loop {
            let frame = client.next().await;
            follower.take(&frame);
            if frame["eventId"] == end {
                break;
            }
        }
    }
    assert_eq!(follower.gaps, []);
    assert!(follower.delivered.len() > 200);
}

/// A client that does not read loses messages, and is told so by the next one that it gets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_finds_every_loss_in_prev() {
    const EVENTS: usize = 600;
    let limits = Limits {
        client_buffer_bytes: 200_000,
        ..Limits::unthrottled()
    };
    let stage = steady(LocalOptions { limits, ..roomy() }).await;
    let mut slow = stage.client().await;
    let mut quick = stage.client().await;
    let since = slow.join(&["prices"]).await;
    quick.join(&["prices"]).await;

    let pad = "x".repeat(50_000);
    for n in 0..EVENTS {
        let event = json!({
            "eventId": n.to_string(), "type": "price_update", "data": {"n": n, "pad": pad},
        });
        stage.publish(&event).await;
        assert_eq!(quick.next().await["data"]["n"], n, "the others do not wait");
    }
    stage.announce("end").await;

    let follower = follow(&mut slow, &since, "end").await;
    assert!(follower.delivered.len() < EVENTS, "something was lost");
    assert_eq!(follower.repeats, 0);
    let numbers: Vec<usize> = follower
        .delivered
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    let jumps = numbers
        .windows(2)
        .filter(|pair| pair[1] != pair[0] + 1)
        .count();
    let last_is_lost = numbers.last() != Some(&(EVENTS - 1));
    assert_eq!(
        follower.gaps.len(),
        jumps + usize::from(last_is_lost),
        "each loss shows once"
    );
}
