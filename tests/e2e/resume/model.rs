//! The contract's client, taken word for word, against random disconnects, crashes and failed
//! posts: it must see every event once, whatever happens.

use std::collections::BTreeSet;
use std::time::Duration;

use llama_ws_core::ports::PostOutcome;
use llama_ws_core::{ConnectionId, Offset};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::Scene;

/// What a client keeps, by the contract's rule.
#[derive(Default)]
struct Client {
    connection: Option<String>,
    connections: usize,
    /// Frames of the connection that it has taken.
    taken: usize,
    last: Option<Offset>,
    resuming: bool,
    delivered: BTreeSet<String>,
    order: Vec<String>,
}

fn place(value: &Value) -> Option<Offset> {
    value.as_str().map(|text| text.parse().unwrap())
}

impl Client {
    fn connect(&mut self, scene: &mut Scene) {
        self.connections += 1;
        self.taken = 0;
        let id = format!("c{}", self.connections);
        scene.connect(&id, "alice");
        let mut request = json!({"type": "subscribe", "channels": ["prices", "token:x"]});
        if let Some(last) = self.last {
            request["since"] = json!(last.to_string());
            self.resuming = true;
        }
        let reply = scene.world.say(&id, &request);
        assert_eq!(reply["type"], "subscription_result", "{reply}");
        self.last = self.last.or(place(&reply["offset"]));
        self.connection = Some(id);
    }

    fn disconnect(&mut self, scene: &Scene) {
        if let Some(id) = self.connection.take() {
            assert!(scene.world.disconnect(&id));
            self.resuming = false;
        }
    }

    /// Takes every frame that has come.
    fn take(&mut self, scene: &Scene) {
        let Some(id) = self.connection.clone() else {
            return;
        };
        let frames = scene.world.frames(&id);
        for frame in &frames[self.taken..] {
            match frame["type"].as_str().unwrap() {
                "resume_result" => {
                    self.resuming = false;
                    self.last = self.last.max(place(&frame["offset"]));
                }
                _ if frame["replay"] == true => self.deliver(frame),
                _ => self.live(scene, &id, frame),
            }
        }
        self.taken = frames.len();
    }

    fn live(&mut self, scene: &Scene, id: &str, frame: &Value) {
        let offset = place(&frame["offset"]).unwrap();
        if self.last.is_some_and(|last| offset <= last) {
            return;
        }
        self.deliver(frame);
        let prev = place(&frame["prev"]);
        let missed = self
            .last
            .filter(|last| prev.is_none_or(|prev| prev > *last));
        if let Some(since) = missed.filter(|_| !self.resuming) {
            let request = json!({"type": "resume", "since": since.to_string()});
            let reply = scene.world.say(id, &request);
            assert_eq!(reply["type"], "resume_started", "{reply}");
            self.resuming = true;
        }
        self.last = Some(offset);
    }

    fn deliver(&mut self, frame: &Value) {
        let id = frame["eventId"].as_str().unwrap().to_owned();
        if self.delivered.insert(id.clone()) {
            self.order.push(id);
        }
    }
}

/// What may happen besides events.
#[derive(Clone, Copy, PartialEq)]
enum Weather {
    /// Clients come and go, and the worker is slow.
    Fair,
    /// Workers die, and posts fail.
    Rough,
}

/// Plays one run; answers what was published for the client, and what it delivered.
fn play(seed: u64, weather: Weather) -> (Vec<String>, Vec<String>) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut scene = Scene::new();
    let mut client = Client::default();
    client.connect(&mut scene);
    let mut published = Vec::new();
    let mut workers = 0;
    for _ in 0..random.random_range(20..80) {
        match random.random_range(0..12) {
            0..5 => {
                for _ in 0..random.random_range(1..12) {
                    let wanted = random.random_bool(0.7);
                    let kind = if wanted { "price_update" } else { "tvl_change" };
                    let id = format!("{seed}-{kind}-{}", published.len());
                    let event = json!({"eventId": id, "type": kind, "data": {"tokenId": "x"}});
                    let passes = Duration::from_millis(random.random_range(0..3));
                    scene.world.clock.advance(passes);
                    scene.world.publish(&json!([event]));
                    if wanted {
                        published.push(id);
                    }
                }
            }
            5..8 => scene.run(),
            8 => client.disconnect(&scene),
            9 if client.connection.is_none() => client.connect(&mut scene),
            10 if weather == Weather::Rough => {
                workers += 1;
                let owner = format!("worker {workers}");
                scene.worker = scene.world.worker(&owner, Duration::from_secs(5_000));
                scene.world.clock.advance(Duration::from_secs(11));
                scene.run();
            }
            11 if weather == Weather::Rough => {
                if let Some(id) = &client.connection {
                    let failures = random.random_range(1..6);
                    let outcomes = vec![PostOutcome::Failed; failures];
                    scene
                        .world
                        .push
                        .answer(&ConnectionId::new(id.as_str()), outcomes);
                }
            }
            _ => client.take(&scene),
        }
    }
    if client.connection.is_none() {
        client.connect(&mut scene);
    }
    // The last event shows what is missing before it.
    for n in 0..40 {
        if n == 20 {
            let id = format!("{seed}-{}", published.len());
            let event = json!({"eventId": id, "type": "price_update", "data": {"tokenId": "x"}});
            scene.world.publish(&json!([event]));
            published.push(id);
        }
        scene.world.clock.advance(Duration::from_secs(1));
        scene.run();
        client.take(&scene);
    }
    assert!(!client.resuming, "seed {seed}: a replay has no result");
    (published, client.order)
}

#[test]
fn across_disconnects_every_event_is_seen_once_and_in_order() {
    for seed in 0..60 {
        let (published, seen) = play(seed, Weather::Fair);
        assert_eq!(seen, published, "seed {seed}");
    }
}

/// What was lost shows only when something follows, so it comes late; but it comes, and once.
#[test]
fn across_crashes_and_failed_posts_every_event_is_seen_once() {
    for seed in 0..60 {
        let (published, seen) = play(seed, Weather::Rough);
        let mut sorted = published.clone();
        sorted.sort();
        let mut seen_sorted = seen.clone();
        seen_sorted.sort();
        assert_eq!(seen_sorted, sorted, "seed {seed}");
    }
}
