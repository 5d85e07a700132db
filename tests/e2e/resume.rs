//! Resume: what was missed comes again, once, in its place, and the status never lies.

mod lanes;
mod model;
mod statuses;

use std::time::Duration;

use llama_ws_core::{ConnectionId, Policy};
use llama_ws_tests::{Worker, World};
use serde_json::{Value, json};

/// A world with a worker that has begun its log, and two users.
struct Scene {
    world: World,
    worker: Worker,
}

impl Scene {
    fn new() -> Self {
        Self::with(Policy::default())
    }

    fn with(policy: Policy) -> Self {
        let policy = Policy {
            messages_per_minute: u32::MAX,
            subscription_changes_per_minute: u32::MAX,
            connections_per_user: u32::MAX,
            ..policy
        };
        let world = World::new(policy);
        world.key("alice", "alice");
        world.key("bob", "bob");
        let mut worker = world.worker("worker", Duration::from_secs(20_000));
        worker.run();
        // Past the marker that the first worker ever writes ahead of the clock.
        world.clock.advance(Duration::from_secs(2));
        worker.run();
        Self { world, worker }
    }

    fn run(&mut self) {
        self.worker.run();
    }

    fn connect(&mut self, id: &str, key: &str) {
        assert_eq!(self.world.connect(id, Some(key)), 200);
        self.run();
    }

    /// Publishes a price of each of these tokens, one after the other.
    fn prices(&mut self, tokens: &[&str]) {
        for token in tokens {
            self.publish(&json!({"type": "price_update", "data": {"tokenId": token}}));
        }
    }

    fn publish(&mut self, event: &Value) {
        self.world.clock.advance(Duration::from_millis(1));
        self.world.publish(&json!([event]));
        self.run();
    }

    fn say(&mut self, id: &str, message: &Value) -> Value {
        let reply = self.world.say(id, message);
        self.run();
        reply
    }

    fn subscribe(&mut self, id: &str, channels: &[&str], since: Option<&str>) -> Value {
        let mut request = json!({"type": "subscribe", "channels": channels});
        if let Some(since) = since {
            request["since"] = json!(since);
        }
        let reply = self.say(id, &request);
        assert_eq!(reply["type"], "subscription_result", "{reply}");
        reply
    }

    fn resume(&mut self, id: &str, since: &str) -> Value {
        self.say(id, &json!({"type": "resume", "since": since}))
    }

    /// Each frame in short: what was live, what was replayed, what a replay came to.
    fn story(&self, id: &str) -> Vec<String> {
        self.world.frames(id).iter().map(in_short).collect()
    }

    /// The offset of the newest message that a connection got.
    fn last(&self, id: &str) -> String {
        let frames = self.world.frames(id);
        let last = frames
            .iter()
            .rev()
            .find(|frame| frame["eventId"].is_string());
        last.unwrap()["offset"].as_str().unwrap().to_owned()
    }
}

fn in_short(frame: &Value) -> String {
    if frame["type"] == "resume_result" {
        let status = frame["status"].as_str().unwrap();
        return format!("{status} {}", frame["count"]);
    }
    let what = frame["data"]["tokenId"].as_str().unwrap_or("?");
    if frame["replay"] == true {
        assert!(frame["prev"].is_null(), "{frame}");
        return format!("again {what}");
    }
    assert!(frame.get("replay").is_none(), "{frame}");
    what.to_owned()
}

#[test]
fn who_returns_with_since_gets_exactly_what_it_missed_and_goes_on_live() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    scene.subscribe("a", &["prices"], None);
    scene.prices(&["seen"]);
    let last = scene.last("a");
    assert!(scene.world.disconnect("a"));
    scene.run();
    scene.prices(&["missed 1", "missed 2"]);

    scene.connect("b", "alice");
    let reply = scene.subscribe("b", &["prices"], Some(&last));
    scene.prices(&["live"]);

    assert_eq!(
        scene.story("b"),
        ["again missed 1", "again missed 2", "recovered 2", "live"]
    );
    let frames = scene.world.frames("b");
    assert_eq!(frames[2]["offset"], reply["offset"]);
    let place = |value: &Value| {
        value
            .as_str()
            .unwrap()
            .parse::<llama_ws_core::Offset>()
            .unwrap()
    };
    assert!(place(&frames[3]["prev"]) <= place(&frames[2]["offset"]));
}

#[test]
fn a_resume_replays_after_since_and_answers_where_it_looked() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    let since = scene.subscribe("a", &["prices"], None)["offset"].clone();
    scene.prices(&["1", "2"]);

    let reply = scene.say("a", &json!({"action": "resume", "since": since, "id": "r"}));
    assert_eq!(reply["type"], "resume_started");
    assert_eq!((&reply["since"], &reply["id"]), (&since, &json!("r")));
    assert_eq!(reply["connectionId"], "a");
    scene.prices(&["3"]);

    assert_eq!(
        scene.story("a"),
        ["1", "2", "again 1", "again 2", "recovered 2", "3"]
    );
    let frames = scene.world.frames("a");
    assert_eq!(frames[4]["offset"], frames[1]["offset"]);
    assert_eq!(frames[5]["prev"], frames[1]["offset"]);
}

#[test]
fn only_what_the_current_subscription_wants_is_replayed() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    let reply = scene.subscribe("a", &["prices", "tvl"], None);
    let since = reply["offset"].as_str().unwrap().to_owned();
    scene.prices(&["x", "y"]);
    scene.publish(&json!({"type": "tvl_change", "data": {"tokenId": "tvl"}}));
    scene.say("a", &json!({"type": "unsubscribe", "channels": ["tvl"]}));
    scene.say(
        "a",
        &json!({"type": "filters", "filters": {"tokenIds": ["y"]}}),
    );

    scene.resume("a", &since);

    assert_eq!(scene.story("a")[3..], ["again y", "recovered 1"]);
}

#[test]
fn private_events_are_replayed_to_their_user_only() {
    let mut scene = Scene::new();
    for (id, key) in [("a", "alice"), ("b", "bob")] {
        scene.connect(id, key);
        scene.subscribe(id, &["alerts"], None);
    }
    let since = scene
        .world
        .log()
        .last()
        .map_or("0-0".to_owned(), |(offset, _)| offset.to_string());
    let private = json!({"type": "alert", "userId": "alice", "data": {"tokenId": "secret"}});
    scene.publish(&private);
    scene.publish(&json!({"type": "alert", "data": {"tokenId": "public"}}));

    for id in ["a", "b"] {
        scene.resume(id, &since);
    }

    let replayed = |id| {
        let story = scene.story(id).into_iter();
        story
            .filter(|told| told.starts_with("again"))
            .collect::<Vec<_>>()
    };
    assert_eq!(replayed("a"), ["again secret", "again public"]);
    assert_eq!(replayed("b"), ["again public"]);
}

/// Broadcasts are events of the log like any other.
#[test]
fn broadcasts_are_replayed_whatever_the_filters() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    let since = scene.subscribe("a", &["prices"], None)["offset"].clone();
    scene.say(
        "a",
        &json!({"type": "filters", "filters": {"tokenIds": ["x"]}}),
    );
    let message = json!({"type": "notice", "data": {"tokenId": "hello"}});
    let body = json!({"channel": "prices", "message": message});
    assert_eq!(scene.world.http("bob", "/broadcast", &body).0, 202);
    scene.run();

    scene.resume("a", since.as_str().unwrap());

    assert_eq!(scene.story("a"), ["hello", "again hello", "recovered 1"]);
}

#[test]
fn a_second_replay_is_refused_until_the_first_has_its_result() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    scene.subscribe("a", &["prices"], None);
    scene.prices(&["1"]);
    // The worker is busy elsewhere.
    let resume = json!({"type": "resume", "since": "1-0"});
    let subscribe = json!({"type": "subscribe", "channels": ["tvl"], "since": "1-0"});
    assert_eq!(scene.world.say("a", &resume)["type"], "resume_started");

    for second in [&resume, &subscribe] {
        let refused = scene.world.say("a", second);
        assert_eq!(refused["code"], "RATE_LIMITED", "{refused}");
        assert_eq!(refused["retryable"], true);
        assert!(
            refused["retryAfterMs"].as_u64().unwrap() <= 1_000,
            "{refused}"
        );
    }
    assert_eq!(scene.world.stored("a").unwrap().revision, 2);
    scene.run();

    assert_eq!(scene.story("a"), ["1", "again 1", "partial 1"]);
    assert_eq!(scene.resume("a", "1-0")["type"], "resume_started");
    assert_eq!(scene.story("a").len(), 5);
}

/// A request that was refused leaves the way free for the next.
#[test]
fn a_refused_subscribe_with_since_takes_no_replays_place() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    let refused = scene.say(
        "a",
        &json!({"action": "subscribe", "channels": ["bad channel"], "since": "1-0"}),
    );
    assert_eq!(refused["code"], "INVALID_CHANNEL");
    assert_eq!(scene.world.connect("b", None), 200);
    for since in ["", "x", "1", "01-0"] {
        assert_eq!(scene.resume("a", since)["code"], "INVALID_OFFSET");
    }

    assert_eq!(scene.resume("a", "1-0")["type"], "resume_started");
    assert_eq!(scene.story("a").len(), 1);
}

/// Whoever asks for a replay together with channels that all fail is told its result all the same.
#[test]
fn every_since_that_is_taken_has_its_result() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    let reply = scene.subscribe("a", &["bad channel"], Some("9-9"));
    assert_eq!(reply["results"][0]["status"], "failed");

    assert_eq!(scene.story("a"), ["partial 0"]);
}

/// A function is quicker than a worker that only starts.
#[test]
fn who_asks_before_the_first_worker_works_is_told_all_the_same() {
    let world = World::new(Policy::default());
    world.key("alice", "alice");
    assert_eq!(world.connect("a", Some("alice")), 200);
    let subscribe = json!({"type": "subscribe", "channels": ["prices"], "since": "0-0"});
    assert_eq!(world.say("a", &subscribe)["type"], "subscription_result");
    let worker = world.worker("worker", Duration::from_secs(900));
    let mut scene = Scene { world, worker };
    scene.run();

    assert_eq!(scene.story("a"), ["recovered 0"]);
}

#[test]
fn a_worker_that_dies_during_a_replay_leaves_it_to_the_next() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    let since = scene.subscribe("a", &["prices"], None)["offset"].clone();
    scene.prices(&["1", "2"]);
    // The result is never answered: the worker dies first.
    scene.world.push.delay(Duration::from_secs(2));
    scene.resume("a", since.as_str().unwrap());
    scene.prices(&["3"]);
    scene.world.clock.advance(Duration::from_secs(1));
    scene.run();
    scene.worker = scene.world.worker("next", Duration::from_secs(900));
    scene.world.push.delay(Duration::ZERO);
    scene.world.clock.advance(Duration::from_secs(11));
    scene.run();

    let story = scene.story("a");
    assert_eq!(
        story[story.len() - 4..],
        ["again 1", "again 2", "recovered 2", "3"]
    );
}

#[test]
fn a_connection_that_goes_during_its_replay_holds_up_nobody() {
    let mut scene = Scene::new();
    for id in ["a", "b"] {
        scene.connect(id, "alice");
        scene.subscribe(id, &["prices"], None);
    }
    scene.prices(&["1", "2"]);
    let gone = llama_ws_core::ports::PostOutcome::Gone;
    scene.world.clock.advance(Duration::from_secs(60));
    scene.world.push.answer(&ConnectionId::new("a"), [gone]);
    for id in ["a", "b"] {
        scene.resume(id, "1-0");
    }
    scene.prices(&["3"]);

    assert_eq!(
        scene.story("b"),
        ["1", "2", "again 1", "again 2", "partial 2", "3"]
    );
}
