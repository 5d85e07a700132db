//! Stores that fail: whole, or at any single call of a request. What is refused can be repeated,
//! and what is left over is found and removed.

use std::cell::Cell;
use std::time::Duration;

use llama_ws_core::ports::Ports;
use llama_ws_core::{ConnectionDocument, Policy};
use llama_ws_local::dev::LocalOptions;
use llama_ws_local::gateway::Options;
use llama_ws_tests::{Stage, When, World, eventually, pass};
use serde_json::{Value, json};

/// A world in which a user has one place.
fn world() -> World {
    let world = World::new(Policy {
        connections_per_user: 1,
        ..Policy::default()
    });
    world.key("alice-key", "alice");
    world
}

/// One run of a test, in which one call fails.
struct Run {
    world: World,
    calls_before: usize,
    when: When,
    struck: Cell<bool>,
}

impl Run {
    /// Does what may meet the fault.
    fn attempt<T>(&self, action: impl FnOnce(&World) -> T) -> T {
        self.world.faults.fail_after(self.calls_before, self.when);
        let outcome = action(&self.world);
        self.struck.set(self.world.faults.struck());
        outcome
    }
}

/// Runs `test` once for each single call that may fail, before and after it has its effect, until
/// none is left to fail. Answers how many there were.
fn with_each_fault(test: impl Fn(&World, &Run)) -> usize {
    let mut faults = 0;
    for when in [When::Before, When::After] {
        for calls_before in 0.. {
            let run = Run {
                world: world(),
                calls_before,
                when,
                struck: Cell::new(false),
            };
            test(&run.world, &run);
            if !run.struck.get() {
                break;
            }
            faults += 1;
        }
    }
    faults
}

fn agree(world: &World, id: &str) -> Option<ConnectionDocument> {
    let (stored, member) = (world.stored(id), world.member(id));
    assert_eq!(stored, member, "both stores agree");
    stored
}

fn channels(document: &ConnectionDocument) -> Vec<String> {
    let held = document.subscription.iter();
    held.flat_map(|subscription| subscription.channels().values())
        .map(|entry| entry.spelling.to_string())
        .collect()
}

fn is_unavailable(reply: &Value) -> bool {
    reply["type"] == "error" && reply["code"] == "UNAVAILABLE" && reply["retryable"] == true
}

#[test]
fn a_connect_that_fails_at_any_call_leaves_nothing_behind() {
    let faults = with_each_fault(|world, run| {
        let status = run.attempt(|world| world.connect("a", Some("alice-key")));
        if status == 200 {
            return;
        }
        assert_eq!(status, 503);
        assert_eq!(agree(world, "a"), None);
        // Nor does it hold the user's only place.
        assert_eq!(world.connect("b", Some("alice-key")), 200);
        assert_eq!(world.connect("c", Some("alice-key")), 429);
    });
    // The limit, the key, membership and the table, before and after.
    assert_eq!(faults, 8);
}

#[test]
fn an_authentication_that_fails_at_any_call_can_be_repeated() {
    let authenticate = json!({"type": "authenticate", "apiKey": "alice-key"});
    let faults = with_each_fault(|world, run| {
        world.connect("a", None);
        let mut reply = run.attempt(|world| world.say("a", &authenticate));
        if is_unavailable(&reply) {
            reply = world.say("a", &authenticate);
        }
        assert_eq!(reply["type"], "authenticated", "{reply}");

        let document = agree(world, "a").expect("a document");
        let user = document
            .principal
            .map(|principal| principal.user_id.to_string());
        assert_eq!(
            (user.as_deref(), document.auth_deadline),
            (Some("alice"), None)
        );
        assert_eq!(world.connect("b", Some("alice-key")), 429);
        assert!(world.disconnect("a"));
        assert_eq!(world.connect("c", Some("alice-key")), 200);
    });
    assert_eq!(faults, 8);
}

#[test]
fn a_change_that_fails_at_any_call_can_be_repeated() {
    let filters = json!({"chains": ["bsc"], "minValue": 1});
    let changes = [
        json!({"type": "subscribe", "channels": ["tvl", "prices"], "filters": filters}),
        json!({"action": "subscribe", "channels": ["tvl", "prices"], "filters": filters}),
        json!({"type": "unsubscribe", "channels": ["prices"]}),
        json!({"action": "unsubscribe"}),
        json!({"type": "filters", "filters": filters}),
        json!({"action": "filters", "filters": filters, "channels": ["alerts"]}),
    ];
    for change in changes {
        let prepare = |world: &World| {
            world.connect("a", Some("alice-key"));
            world.say(
                "a",
                &json!({"type": "subscribe", "channels": ["prices", "alerts"]}),
            );
        };
        let undisturbed = world();
        prepare(&undisturbed);
        let expected_reply = undisturbed.say("a", &change);
        let expected = agree(&undisturbed, "a").expect("a document").subscription;

        let faults = with_each_fault(|world, run| {
            prepare(world);
            let mut reply = run.attempt(|world| world.say("a", &change));
            if is_unavailable(&reply) {
                reply = world.say("a", &change);
            }
            assert_eq!(reply, expected_reply);
            let held = agree(world, "a").expect("a document").subscription;
            assert_eq!(held, expected, "{change}");
        });
        // The limit, the table and membership, before and after.
        assert_eq!(faults, 6, "{change}");
    }
}

#[test]
fn over_http_a_change_that_fails_can_be_repeated_too() {
    let body = json!({"connectionId": "a", "channels": ["tvl"]});
    with_each_fault(|world, run| {
        world.connect("a", Some("alice-key"));
        let request = |world: &World| world.http("alice-key", "/subscribe", &body);
        let (mut status, reply) = run.attempt(request);
        if is_unavailable(&reply) {
            assert_eq!(status, 503);
            status = request(world).0;
        }
        assert_eq!(status, 200);
        assert_eq!(channels(&agree(world, "a").expect("a document")), ["tvl"]);
    });
}

#[test]
fn leaving_everything_leaves_also_what_a_failed_request_had_joined() {
    let leave_requests = [
        json!({"type": "unsubscribe"}),
        json!({"action": "unsubscribe", "channels": ["tvl", "prices"]}),
    ];
    for leave in &leave_requests {
        with_each_fault(|world, run| {
            world.connect("a", Some("alice-key"));
            let join = json!({"type": "subscribe", "channels": ["tvl", "prices"]});
            run.attempt(|world| world.say("a", &join));
            let reply = world.say("a", leave);
            assert_ne!(reply["type"], "error", "{reply}");
            assert_eq!(
                agree(world, "a").map(|document| channels(&document)),
                Some(Vec::new())
            );

            world.say("a", &json!({"type": "subscribe", "channels": ["alerts"]}));
            assert_eq!(
                channels(&agree(world, "a").expect("a document")),
                ["alerts"]
            );
        });
    }
}

#[test]
fn a_disconnect_that_fails_at_any_call_can_be_repeated() {
    let faults = with_each_fault(|world, run| {
        world.connect("a", Some("alice-key"));
        world.say("a", &json!({"type": "subscribe", "channels": ["tvl"]}));
        if !run.attempt(|world| world.disconnect("a")) {
            assert!(world.disconnect("a"));
        }
        assert_eq!(agree(world, "a"), None);
        assert_eq!(world.connect("b", Some("alice-key")), 200);
    });
    assert_eq!(faults, 4);
}

#[test]
fn an_event_whose_append_fails_can_be_published_again_and_is_one() {
    with_each_fault(|world, run| {
        world.connect("a", Some("alice-key"));
        world.say("a", &json!({"type": "subscribe", "channels": ["alerts"]}));
        let mut worker = world.worker("only", Duration::from_secs(900));
        worker.run();

        let events = json!([{"eventId": "1", "type": "alert", "data": {}}]);
        if run.attempt(|world| world.try_publish(&events)).is_none() {
            let report = world.publish(&events);
            let arrived = report["accepted"]
                .as_u64()
                .zip(report["duplicates"].as_u64());
            assert!(
                arrived == Some((1, 0)) || arrived == Some((0, 1)),
                "{report}"
            );
        }
        worker.run();
        world.clock.advance(Duration::from_secs(1));
        worker.run();
        assert_eq!(world.event_ids("a"), ["1"]);
    });
}

#[test]
fn a_worker_that_misses_any_call_of_its_store_still_delivers_each_event_once() {
    let faults = with_each_fault(|world, run| {
        world.connect("a", Some("alice-key"));
        world.say("a", &json!({"type": "subscribe", "channels": ["alerts"]}));

        run.attempt(|world| {
            let mut workers = Vec::new();
            for n in 0..6 {
                // A start that fails is made up for by the next, as the schedule's are.
                workers.push(world.worker(&n.to_string(), Duration::from_secs(900)));
                let events = json!([{"eventId": n.to_string(), "type": "alert", "data": {}}]);
                if world.try_publish(&events).is_none() {
                    world.publish(&events);
                }
                for _ in 0..20 {
                    workers.retain_mut(|worker| worker.run().is_none());
                    world.clock.advance(Duration::from_secs(1));
                }
            }
        });
        assert_eq!(world.event_ids("a"), ["0", "1", "2", "3", "4", "5"]);
    });
    assert!(faults > 40, "{faults}");
}

#[tokio::test]
async fn while_a_store_is_away_nobody_gets_in_and_nothing_is_left_of_the_attempt() {
    let (stage, clock) = Stage::frozen(LocalOptions::default()).await;
    let ports = stage.local().ports();
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;

    for away in ["connections", "cell", "keys", "all"] {
        let fail = |on| {
            let fails = |store| away == store || away == "all";
            ports.connections().fail(on && fails("connections"));
            ports.cell().fail(on && fails("cell"));
            ports.keys().fail(on && fails("keys"));
        };
        fail(true);
        for _ in 0..3 {
            let refused = stage.connect("/?apiKey=demo-key", &[]).await.err();
            assert_eq!(refused.map(|refused| refused.status), Some(503), "{away}");
        }
        // Long enough for the worker's lease to run out.
        pass(&clock, Duration::from_secs(15)).await;
        fail(false);
        pass(&clock, Duration::from_secs(1)).await;

        stage.remembers(1).await;
        let event = json!({"eventId": away, "type": "alert", "data": {}});
        stage.publish(&event).await;
        assert_eq!(client.next().await["eventId"], away);
    }
}

#[tokio::test]
async fn an_event_is_refused_while_the_log_is_away_and_taken_once_it_is_back() {
    let (stage, clock) = Stage::frozen(LocalOptions::default()).await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;
    let event = json!({"eventId": "1", "type": "alert", "data": {}});

    stage.local().ports().cell().fail(true);
    let answer = stage.publish_text(&event.to_string()).await;
    assert_eq!(answer.status, 500);
    stage.local().ports().cell().fail(false);
    stage.publish(&event).await;
    pass(&clock, Duration::from_secs(1)).await;
    assert_eq!(client.next().await["eventId"], "1");
    client.expect_silence().await;
}

#[tokio::test]
async fn connections_whose_end_nobody_reports_are_forgotten_at_their_next_event() {
    let gateway = Options {
        drop_disconnect: true,
        ..Options::default()
    };
    let policy = Policy {
        connections_per_user: 3,
        ..Policy::default()
    };
    let options = LocalOptions {
        policy,
        gateway,
        ..LocalOptions::default()
    };
    let (stage, clock) = Stage::frozen(options).await;
    let mut staying = stage.client().await;
    staying.join(&["alerts"]).await;
    let mut leaving = Vec::new();
    for channel in ["alerts", "governance"] {
        let mut client = stage.client().await;
        client.join(&[channel]).await;
        leaving.push((client.id().await, client));
    }
    // A young connection that answers 410 may still be on its way.
    pass(&clock, Duration::from_secs(6)).await;
    for (id, client) in leaving {
        client.cut();
        let gone = async || stage.local().registry().get(&id).await.is_none();
        eventually("the gateway has noticed", gone).await;
    }

    stage.remembers(3).await;
    assert_eq!(
        stage
            .connect("/?apiKey=demo-key", &[])
            .await
            .err()
            .map(|refused| refused.status),
        Some(429)
    );
    stage
        .publish(&json!({"eventId": "1", "type": "alert", "data": {}}))
        .await;
    assert_eq!(staying.next().await["eventId"], "1");
    stage.remembers(2).await;
    let _in_its_place = stage.client().await;
    stage
        .publish(&json!({"eventId": "2", "type": "governance", "data": {}}))
        .await;
    stage.remembers(2).await;

    stage
        .publish(&json!({"eventId": "3", "type": "alert", "data": {}}))
        .await;
    assert_eq!(staying.next().await["eventId"], "3");
}
