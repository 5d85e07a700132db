//! One run: what may disturb a worker, and the client that checks what it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use llama_ws_core::ports::{Clock, PostOutcome};
use llama_ws_core::{ConnectionId, Offset, Policy, UnixMillis};
use llama_ws_tests::{When, Worker, World};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

/// A post is tried so often before it is given up.
const ATTEMPTS: usize = 4;

/// Connections with what each subscribes to. The last joins in the middle of the run.
pub(super) fn subscriptions() -> [(&'static str, Value); 4] {
    [
        (
            "all",
            json!({"type": "subscribe", "channels": ["alerts", "prices"]}),
        ),
        (
            "alerts",
            json!({"type": "subscribe", "channels": ["events:alerts"]}),
        ),
        (
            "large",
            json!({"type": "subscribe", "channels": ["prices"], "filters": {"minValue": 50}}),
        ),
        (
            "late",
            json!({"type": "subscribe", "channels": ["alerts", "prices"]}),
        ),
    ]
}

pub(super) struct Run {
    pub(super) world: World,
    seed: u64,
    rng: StdRng,
    workers: Vec<Invocation>,
    candidates: u64,
    /// Whether a worker may be left without a turn, as a frozen environment is.
    pub(super) freezes: bool,
    /// What each event is, by id.
    events: BTreeMap<String, Event>,
    /// From where each connection counts.
    joined: BTreeMap<&'static str, Offset>,
    pub(super) ends: BTreeSet<String>,
}

struct Invocation {
    worker: Worker,
    frozen_until: UnixMillis,
}

#[derive(Debug, Clone, Copy)]
struct Event {
    is_alert: bool,
    value: u32,
}

impl Event {
    fn is_for(self, id: &str) -> bool {
        match id {
            "alerts" => self.is_alert,
            "large" => !self.is_alert && self.value >= 50,
            _ => true,
        }
    }
}

impl Run {
    pub(super) fn of(seed: u64) -> Self {
        let world = World::new(Policy::default());
        world.key("key", "user");
        let mut run = Self {
            world,
            seed,
            rng: StdRng::seed_from_u64(seed),
            workers: Vec::new(),
            candidates: 0,
            freezes: seed.is_multiple_of(2),
            events: BTreeMap::new(),
            joined: BTreeMap::new(),
            ends: BTreeSet::new(),
        };
        // Nobody can tell what happened before the first worker, so everybody joins after it.
        run.start_candidate(Duration::from_secs(140));
        run.pass(Duration::from_secs(3));
        for (id, request) in &subscriptions()[..3] {
            run.join(id, request);
        }
        run
    }

    pub(super) fn join(&mut self, id: &'static str, request: &Value) {
        assert_eq!(self.world.connect(id, Some("key")), 200);
        let reply = self.world.say(id, request);
        let offset = reply["offset"].as_str().expect("an offset");
        self.joined.insert(id, offset.parse().expect("an offset"));
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }

    fn start_candidate(&mut self, lives: Duration) {
        self.candidates += 1;
        let owner = format!("candidate-{}", self.candidates);
        self.workers.push(Invocation {
            worker: self.world.worker(&owner, lives),
            frozen_until: UnixMillis::default(),
        });
    }

    /// Gives every worker a turn, in any order.
    fn work(&mut self) {
        let mut waiting = std::mem::take(&mut self.workers);
        while !waiting.is_empty() {
            let next = self.rng.random_range(0..waiting.len());
            let mut invocation = waiting.swap_remove(next);
            if self.world.clock.now() < invocation.frozen_until {
                self.workers.push(invocation);
                continue;
            }
            match invocation.worker.run() {
                None => self.workers.push(invocation),
                Some(end) => {
                    self.ends.insert(format!("{end:?}"));
                }
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(Duration::from_millis(250));
            self.world.clock.advance(step);
            left -= step;
            self.work();
        }
    }

    fn publish(&mut self) {
        let event = Event {
            is_alert: self.chance(0.5),
            value: self.rng.random_range(0..100),
        };
        let id = format!("event-{}", self.events.len());
        self.events.insert(id.clone(), event);
        let kind = if event.is_alert {
            "alert"
        } else {
            "price_update"
        };
        let json = json!([{"eventId": id, "type": kind, "data": {"value": event.value}}]);
        // A source that hears nothing sends again; so does one that heard.
        while self.world.try_publish(&json).is_none() || self.chance(0.2) {}
    }

    fn disturb_posts(&mut self) {
        let millis = [0, 0, 40, 700, 2_000][self.rng.random_range(0..5)];
        self.world.push.delay(Duration::from_millis(millis));
        for (id, _) in subscriptions() {
            if self.chance(0.3) {
                let count = self.rng.random_range(1..6);
                let outcome = if self.chance(0.5) {
                    PostOutcome::Throttled
                } else {
                    PostOutcome::Failed
                };
                let answers = std::iter::repeat_n(outcome, count);
                self.world.push.answer(&ConnectionId::new(id), answers);
            }
        }
    }

    pub(super) fn step(&mut self) {
        match self.rng.random_range(0..20) {
            0..8 => {
                for _ in 0..self.rng.random_range(1..4) {
                    self.publish();
                }
            }
            8..10 => self.disturb_posts(),
            10 if !self.workers.is_empty() => {
                let crashed = self.rng.random_range(0..self.workers.len());
                drop(self.workers.swap_remove(crashed));
            }
            11..13 if self.workers.len() < 4 => {
                let lives = self.rng.random_range(10..400);
                self.start_candidate(Duration::from_secs(lives));
            }
            13 => {
                let calls = self.rng.random_range(0..8);
                let when = if self.chance(0.5) {
                    When::Before
                } else {
                    When::After
                };
                self.world.faults.fail_after(calls, when);
            }
            14 if self.freezes && !self.workers.is_empty() => {
                let frozen = self.rng.random_range(0..self.workers.len());
                let time = Duration::from_secs(self.rng.random_range(1..20));
                self.workers[frozen].frozen_until = self.world.clock.now().plus(time);
            }
            14 | 16 => self.pass(Duration::from_secs(4)),
            15 => self.pass(Duration::from_millis(900)),
            _ => {
                let millis = self.rng.random_range(0..60);
                self.world.clock.advance(Duration::from_millis(millis));
                self.work();
            }
        }
    }

    /// Lets whoever is left finish, with a client that takes everything at once.
    pub(super) fn finish(&mut self) {
        self.world.faults.struck();
        self.world.push.delay(Duration::ZERO);
        for invocation in &mut self.workers {
            invocation.frozen_until = UnixMillis::default();
        }
        for round in 0..12 {
            self.start_candidate(Duration::from_secs(800 + round));
            for _ in 0..5 {
                self.publish_for_all();
            }
            self.pass(Duration::from_secs(6));
        }
        // The answers that throttle are used up by then.
        self.pass(Duration::from_secs(120));
    }

    fn publish_for_all(&mut self) {
        for (is_alert, kind) in [(true, "alert"), (false, "price_update")] {
            let id = format!("event-{}", self.events.len());
            let event = Event {
                is_alert,
                value: 99,
            };
            self.events.insert(id.clone(), event);
            self.world
                .publish(&json!([{"eventId": id, "type": kind, "data": {"value": 99}}]));
        }
    }

    /// What a connection was to get, in order.
    fn due(&self, id: &'static str) -> BTreeMap<Offset, String> {
        let joined = self.joined[id];
        let log = self.world.log().into_iter();
        log.filter(|(offset, event)| *offset > joined && self.events[event].is_for(id))
            .collect()
    }

    /// Whether an event's post to a connection failed often enough to be given up.
    fn was_given_up(&self, id: &str, event: &str) -> bool {
        let needle = format!(r#""eventId":"{event}""#);
        let failed = self.world.push.posts().into_iter().filter(|post| {
            post.connection_id.as_str() == id
                && post.outcome != PostOutcome::Delivered
                && std::str::from_utf8(&post.frame).is_ok_and(|frame| frame.contains(&needle))
        });
        failed.count() >= ATTEMPTS
    }

    /// Plays a client that follows the contract's rule, and checks all it is told.
    pub(super) fn check(&self, id: &'static str) {
        let who = format!("seed {}, {id}", self.seed);
        let due = self.due(id);
        let joined = self.joined[id];
        let mut last = joined;
        let mut seen = BTreeSet::new();
        let mut told = BTreeSet::new();
        let mut unknown = 0;
        for frame in self.world.frames(id) {
            let offset = offset_of(&frame, "offset").expect("an offset");
            let event = frame["eventId"].as_str().expect("an event").to_owned();
            if offset <= last {
                let known = seen.contains(&event) || told.contains(&offset) || offset <= joined;
                assert!(known, "{who}: {event} came too late to be taken");
                continue;
            }
            assert!(
                due.get(&offset) == Some(&event),
                "{who}: {event} was not due"
            );
            assert!(
                seen.insert(event.clone()),
                "{who}: {event} came twice as news"
            );

            let missed: Vec<_> = due
                .range(last..offset)
                .filter(|(at, _)| **at > last)
                .collect();
            match offset_of(&frame, "prev") {
                // What pub/sub lost while nobody listened is not in the log: the client asks.
                None => unknown += 1,
                // The place of a gap that a worker before has told already.
                Some(prev) if prev > last && missed.is_empty() => unknown += 1,
                Some(prev) if prev > last => assert_eq!(
                    missed.last().map(|(at, _)| **at),
                    Some(prev),
                    "{who}: {event}"
                ),
                Some(_) => {
                    assert_eq!(missed, [], "{who}: lost before {event}, and nobody said so");
                }
            }
            for (at, missed) in missed {
                assert!(
                    self.was_given_up(id, missed),
                    "{who}: {missed} was not given up"
                );
                told.insert(*at);
            }
            last = offset;
        }
        assert!(
            unknown < self.candidates,
            "{who}: told {unknown} times that something may be missing"
        );
        assert_eq!(
            due.keys().next_back(),
            Some(&last),
            "{who}: the last event came"
        );
    }
}

fn offset_of(frame: &Value, field: &str) -> Option<Offset> {
    frame[field]
        .as_str()
        .map(|text| text.parse().expect("an offset"))
}
