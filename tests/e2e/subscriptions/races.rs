//! What a client may rely on while events and its own requests overlap.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use llama_ws_core::ConnectionDocument;
use llama_ws_functions::SystemClock;
use llama_ws_local::dev::LocalOptions;
use llama_ws_local::gateway::{Jitter, Options};
use llama_ws_tests::{Client, Stage, roomy};
use serde_json::{Value, json};

use super::shown;

/// The reply to a request with this id, and the frames that came before it.
async fn reply_to(client: &mut Client, id: &str) -> (Vec<Value>, Value) {
    let mut before = Vec::new();
    loop {
        let frame = client.next().await;
        if frame["id"] == id {
            return (before, frame);
        }
        before.push(frame);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_published_after_the_confirmation_is_never_missed() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    for n in 0..300 {
        let token = n.to_string();
        let channel = format!("token:{token}");
        client.join(&[&channel]).await;
        stage
            .publish(&json!({"type": "price_update", "data": {"tokenId": token}}))
            .await;
        assert_eq!(client.next().await["channel"], channel);
        client
            .ask(&json!({"type": "unsubscribe", "channels": [channel]}))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_published_after_leaving_never_arrives() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;
    for n in 0..300 {
        client.join(&["prices"]).await;
        client
            .ask(&json!({"type": "unsubscribe", "channels": ["prices"]}))
            .await;
        stage
            .publish(&json!([
                {"type": "price_update", "data": {}},
                {"eventId": format!("end-{n}"), "type": "alert", "data": {}},
            ]))
            .await;
        assert_eq!(client.next().await["eventId"], format!("end-{n}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_filters_hold_for_every_event_after_their_confirmation() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["prices"]).await;
    for n in 0..300 {
        let wanted = (n % 2).to_string();
        client
            .ask(&json!({"type": "filters", "filters": {"tokenIds": [wanted]}}))
            .await;
        stage
            .publish(&json!([
                {"type": "price_update", "data": {"tokenId": "0"}},
                {"type": "price_update", "data": {"tokenId": "1"}},
            ]))
            .await;
        assert_eq!(client.next().await["data"]["tokenId"], wanted);
    }
}

/// A stream of numbered prices beside everything else.
struct Stream {
    /// Prices whose publishing has begun.
    begun: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    publisher: tokio::task::JoinHandle<()>,
}

impl Stream {
    fn start(stage: &Arc<Stage>) -> Self {
        let begun = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let publisher = {
            let (stage, begun, stop) = (stage.clone(), begun.clone(), stop.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let n = begun.fetch_add(1, Ordering::SeqCst);
                    let event = json!({"type": "price_update", "data": {"n": n}});
                    stage.publish(&event).await;
                }
            })
        };
        Self {
            begun,
            stop,
            publisher,
        }
    }

    async fn end(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.publisher.await.unwrap();
    }
}

fn numbers(frames: &[Value]) -> Vec<u64> {
    let number = |frame: &Value| frame["data"]["n"].as_u64().unwrap();
    frames.iter().map(number).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_a_stream_a_subscription_begins_and_ends_where_it_was_confirmed() {
    let stage = Arc::new(Stage::roomy().await);
    let mut client = stage.client().await;
    let stream = Stream::start(&stage);
    for _ in 0..50 {
        client
            .send(&json!({"type": "subscribe", "channels": ["prices"], "id": "join"}))
            .await;
        let (early, _) = reply_to(&mut client, "join").await;
        let begun = stream.begun.load(Ordering::SeqCst);
        let mut frames = early;
        frames.extend(client.take(10).await);
        let numbers = numbers(&frames);
        assert!(
            numbers[0] <= begun,
            "event {begun} was published after the confirmation"
        );
        assert!(
            numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "{numbers:?}"
        );

        client
            .send(&json!({"type": "unsubscribe", "id": "leave"}))
            .await;
        reply_to(&mut client, "leave").await;
        client
            .send(&json!({"type": "subscribe", "channels": ["alerts"], "id": "end"}))
            .await;
        let (late, _) = reply_to(&mut client, "end").await;
        stage.publish(&json!({"type": "alert", "data": {}})).await;
        let mut in_flight = late.len();
        while client.next().await["type"] != "alert" {
            in_flight += 1;
        }
        assert!(in_flight <= 1, "{in_flight} frames followed the old state");
    }
    stream.end().await;
}

/// Which channels a reply says its request has joined or left.
fn channels_of(requests: &[Value]) -> BTreeSet<String> {
    let channels = requests
        .iter()
        .map(|request| request["channels"][0].clone());
    channels
        .map(|channel| channel.as_str().unwrap().to_owned())
        .collect()
}

/// The channels of the truth and of the cell's copy.
async fn stored(stage: &Stage, id: &str) -> [BTreeSet<String>; 2] {
    let of = |documents: Vec<ConnectionDocument>| {
        let mut documents = documents.into_iter();
        documents
            .find(|document| document.connection_id.as_str() == id)
            .unwrap()
    };
    let truth = of(stage.documents().await);
    let copy = of(stage.members().await);
    [truth, copy].map(|document| {
        let subscription = document.subscription.map(|held| held.view().channels);
        let channels = subscription.into_iter().flatten();
        channels.map(|channel| channel.to_string()).collect()
    })
}

fn unordered_stage(seed: u64) -> LocalOptions {
    let gateway = Options {
        jitter: Some(Jitter {
            seed,
            max: Duration::from_millis(2),
        }),
        ..Options::default()
    };
    LocalOptions { gateway, ..roomy() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_of_a_connection_end_in_one_state() {
    const REQUESTS: u64 = 6;
    for seed in 0..60 {
        let stage = Stage::with(SystemClock, unordered_stage(seed)).await;
        let mut client = stage.client().await;
        let id = client.id().await;
        client.join(&["token:held", "token:left"]).await;
        let joins: Vec<Value> = (0..REQUESTS)
            .map(|n| json!({"type": "subscribe", "channels": [format!("token:{n}")], "id": n}))
            .collect();
        let leave = json!({"type": "unsubscribe", "channels": ["token:left"], "id": "leave"});
        for request in joins.iter().chain([&leave]) {
            client.send(request).await;
        }
        for reply in client.take(joins.len() + 1).await {
            assert_ne!(reply["type"], "error", "seed {seed}: {reply}");
        }

        let mut expected = channels_of(&joins);
        expected.insert("token:held".to_owned());
        let subscription = shown(&mut client).await;
        let replied: BTreeSet<String> = subscription["channels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|channel| channel.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(replied, expected, "seed {seed}: the reply");
        let stored = stored(&stage, &id).await;
        assert_eq!(stored, [expected.clone(), expected.clone()], "seed {seed}");

        let tokens = ["left", "0", "1", "2", "3", "4", "5", "held"];
        let events: Vec<Value> = tokens
            .iter()
            .map(|token| json!({"type": "price_update", "data": {"tokenId": token}}))
            .collect();
        stage.publish(&json!(events)).await;
        for token in &tokens[1..] {
            assert_eq!(client.next().await["channel"], format!("token:{token}"));
        }
    }
}

/// The worker reads a thousand entries at a time: the changes between them keep their place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_is_matched_against_the_subscriptions_of_its_time() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;
    let backlog: Vec<Value> = (0..2_500)
        .map(|n| json!({"type": "price_update", "data": {"n": n}}))
        .collect();
    for turn in 0..4 {
        stage.publish(&json!(backlog)).await;
        client.join(&["prices"]).await;
        stage
            .publish(&json!({"type": "price_update", "data": {"n": turn}}))
            .await;
        let frame = client.next().await;
        assert_eq!(frame["data"]["n"], turn, "published before it was joined");
        assert_eq!(frame["type"], "price_update");
        client
            .ask(&json!({"type": "unsubscribe", "channels": ["prices"]}))
            .await;
        stage.publish(&json!(backlog)).await;
        let end = json!({"eventId": format!("end-{turn}"), "type": "alert", "data": {}});
        stage.publish(&end).await;
        let frame = client.next().await;
        assert_eq!(frame["eventId"], end["eventId"], "turn {turn}: {frame}");
    }
}

/// However much waits for a client, what it asks for next decides about the next frame.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_takes_back_what_waits() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;
    let burst: Vec<Value> = (0..900)
        .map(|n| json!({"type": "price_update", "data": {"n": n}}))
        .collect();
    for turn in 0..60 {
        client.join(&["prices"]).await;
        stage.publish(&json!(burst)).await;
        client
            .send(&json!({"type": "unsubscribe", "channels": ["prices"], "id": "leave"}))
            .await;
        reply_to(&mut client, "leave").await;
        let end = json!({"eventId": format!("end-{turn}"), "type": "alert", "data": {}});
        stage.publish(&end).await;
        let mut late = 0;
        while client.next().await["eventId"] != end["eventId"] {
            late += 1;
        }
        assert!(late <= 1, "{late} frames followed the confirmation");
    }
}
