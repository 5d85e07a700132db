//! The reaper: what the worker and `$disconnect` missed is made good, and nothing else is touched.

use std::thread;
use std::time::Duration;

use llama_ws_core::ports::{Membership, Ports, Presence, Upkeep};
use llama_ws_core::{ConnectionDocument, ConnectionId, Policy};
use llama_ws_local::dev::LocalOptions;
use llama_ws_local::gateway::Options;
use llama_ws_tests::{Stage, When, World, eventually, pass};
use serde_json::{Value, json};

const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A world in which a user has one place.
fn world() -> World {
    let world = world_without_limits(1);
    world.key("alice-key", "alice");
    world.key("bob-key", "bob");
    world
}

fn world_without_limits(connections_per_user: u32) -> World {
    World::new(Policy {
        connections_per_user,
        connects_per_minute: u32::MAX,
        ..Policy::default()
    })
}

fn id(text: &str) -> ConnectionId {
    ConnectionId::new(text)
}

fn counts(ended: usize, forgotten: usize, discarded: usize, compared: usize) -> Value {
    json!({"ended": ended, "expired": 0, "forgotten": forgotten, "discarded": discarded, "compared": compared})
}

fn is_known(world: &World, id: &str) -> bool {
    let (stored, member) = (world.stored(id), world.member(id));
    assert_eq!(stored, member, "both stores agree");
    stored.is_some()
}

/// A connection that only Redis knows.
fn stray(world: &World, name: &str) -> ConnectionDocument {
    let template = world.stored("alice=").expect("a connection");
    ConnectionDocument {
        connection_id: id(name),
        principal: None,
        ..template
    }
}

#[test]
fn what_is_past_its_life_is_ended_and_leaves_nothing() {
    let world = world();
    world.connect("alice=", Some("alice-key"));

    world.clock.advance(secs(7_204));
    assert_eq!(world.reap(), Some(counts(0, 0, 0, 1)));
    world.clock.advance(secs(1));
    assert_eq!(world.reap(), Some(counts(1, 0, 0, 0)));

    assert_eq!(world.push.closed(), [id("alice=")]);
    assert!(!is_known(&world, "alice="));
    assert_eq!(world.connect("new=", Some("alice-key")), 200);
}

#[test]
fn who_never_authenticated_is_ended_while_nobody_works_and_gets_no_post() {
    let world = world();
    world.connect("stranger=", None);
    world.connect("alice=", Some("alice-key"));

    world.clock.advance(secs(34));
    world.reap();
    assert!(world.push.closed().is_empty());
    world.clock.advance(secs(1));
    assert_eq!(world.reap(), Some(counts(1, 0, 0, 1)));

    assert_eq!(world.push.closed(), [id("stranger=")]);
    assert!(world.push.posts().is_empty());
    assert!(!is_known(&world, "stranger=") && is_known(&world, "alice="));
}

#[test]
fn what_cannot_be_closed_keeps_its_records_until_it_can() {
    let world = world();
    world.connect("stranger=", None);
    world.push.presence(&id("stranger="), Presence::Unknown);

    world.clock.advance(secs(60));
    assert_eq!(world.reap(), Some(counts(0, 0, 0, 1)));
    assert!(is_known(&world, "stranger="));
    world.push.presence(&id("stranger="), Presence::Live);
    assert_eq!(world.reap(), Some(counts(1, 0, 0, 0)));

    assert!(!is_known(&world, "stranger="));
}

#[test]
fn the_worker_says_goodbye_before_the_reaper_ends_anything() {
    let world = world();
    world.connect("stranger=", None);
    let mut worker = world.worker("one", secs(900));
    worker.run();

    for _ in 0..60 {
        world.clock.advance(secs(1));
        world.reap();
        worker.run();
    }

    let goodbyes = world.frames("stranger=");
    assert_eq!(goodbyes.len(), 1, "{goodbyes:?}");
    assert_eq!(goodbyes[0]["reason"], "auth_expired");
}

#[test]
fn what_the_gateway_no_longer_knows_is_forgotten_and_its_place_given_back() {
    let world = world();
    world.connect("alice=", Some("alice-key"));
    world.connect("bob=", Some("bob-key"));
    world.push.presence(&id("alice="), Presence::Gone);
    world.push.presence(&id("bob="), Presence::Unknown);

    world.clock.advance(secs(60));
    assert_eq!(world.connect("new=", Some("alice-key")), 429);
    assert_eq!(world.reap(), Some(counts(0, 1, 0, 1)));

    assert!(!is_known(&world, "alice=") && is_known(&world, "bob="));
    assert!(world.push.closed().is_empty());
    assert_eq!(world.connect("new=", Some("alice-key")), 200);
}

#[test]
fn a_young_connection_is_never_judged() {
    let world = world();
    world.connect("alice=", Some("alice-key"));
    world.add_member(&stray(&world, "arriving="));
    for name in ["alice=", "arriving="] {
        world.push.presence(&id(name), Presence::Gone);
    }

    // `$connect` may take 29 s.
    world.clock.advance(secs(29));
    assert_eq!(world.reap(), Some(counts(0, 0, 0, 1)));

    assert!(world.push.asked().is_empty());
    assert!(is_known(&world, "alice="));
    assert!(world.member("arriving=").is_some());
}

#[test]
fn a_connection_that_redis_lost_gets_its_events_again() {
    let world = world();
    world.connect("alice=", Some("alice-key"));
    world.say("alice=", &json!({"type": "subscribe", "channel": "alerts"}));
    let mut worker = world.worker("one", secs(900));
    worker.run();
    let stored = world.stored("alice=").expect("a connection");
    world.lose_member(&stored);
    worker.run();
    assert_eq!(world.member("alice="), None);

    // A removal is final for a minute.
    for _ in 0..61 {
        world.clock.advance(secs(1));
        worker.run();
    }
    assert_eq!(world.reap(), Some(counts(0, 0, 0, 1)));
    worker.run();
    world.publish(&json!([{"eventId": "1", "type": "alert", "data": {}}]));
    worker.run();

    assert!(is_known(&world, "alice="));
    assert_eq!(world.event_ids("alice="), ["1"]);
}

#[test]
fn ids_in_redis_that_no_connection_has_are_discarded() {
    let world = world();
    world.connect("alice=", Some("alice-key"));
    for name in ["stray=", "another="] {
        world.add_member(&stray(&world, name));
    }

    world.clock.advance(secs(31));
    assert_eq!(world.reap(), Some(counts(0, 0, 2, 1)));
    assert_eq!(world.reap(), Some(counts(0, 0, 0, 1)));

    assert!(world.member("stray=").is_none() && world.member("another=").is_none());
    assert!(is_known(&world, "alice="));
}

/// One of each kind that needs something done, and one that does not.
fn world_in_need() -> World {
    let world = world();
    world.connect("alice=", Some("alice-key"));
    world.connect("bob=", Some("bob-key"));
    world.connect("stranger=", None);
    world.add_member(&stray(&world, "stray="));
    world.push.presence(&id("alice="), Presence::Gone);
    world.clock.advance(secs(60));
    world
}

fn assert_healthy(world: &World) {
    assert!(is_known(world, "bob="));
    for name in ["alice=", "stranger=", "stray="] {
        assert!(!is_known(world, name), "{name}");
    }
    assert_eq!(world.connect("new=", Some("alice-key")), 200);
    assert_eq!(world.connect("more=", Some("bob-key")), 429);
}

#[test]
fn runs_after_each_other_and_at_once_come_to_the_same() {
    let world = world_in_need();
    assert_eq!(world.reap(), Some(counts(1, 1, 1, 1)));
    assert_eq!(world.reap(), Some(counts(0, 0, 0, 1)));
    assert_healthy(&world);

    for _ in 0..50 {
        let world = world_in_need();
        thread::scope(|scope| {
            let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| world.reap())).collect();
            for run in runs {
                assert!(run.join().expect("a run").is_some());
            }
        });
        assert_healthy(&world);
    }
}

#[test]
fn a_run_that_fails_at_any_call_harms_nothing_and_the_next_does_the_rest() {
    let mut faults = 0;
    for when in [When::Before, When::After] {
        for calls_before in 0.. {
            let world = world_in_need();
            world.faults.fail_after(calls_before, when);
            let answer = world.reap();
            if !world.faults.struck() {
                assert!(answer.is_some());
                break;
            }
            faults += 1;
            assert!(answer.is_none());
            assert!(is_known(&world, "bob="));

            assert!(world.reap().is_some());
            assert_healthy(&world);
        }
    }
    assert!(faults > 20, "{faults}");
}

#[test]
fn one_connection_that_fails_does_not_keep_a_run_from_the_others() {
    let world = world_in_need();
    // The page, then the first removal.
    world.faults.fail_after(2, When::Before);

    assert_eq!(world.reap(), None);

    assert!(world.faults.struck());
    assert!(!is_known(&world, "stranger="));
    assert!(world.member("stray=").is_none());
}

#[test]
fn a_run_is_bounded_and_runs_together_reach_everybody() {
    const CONNECTIONS: usize = 1_500;
    let world = world_without_limits(u32::MAX);
    world.key("alice-key", "alice");
    for n in 0..CONNECTIONS {
        let name = format!("{n}=");
        world.connect(&name, Some("alice-key"));
        world.push.presence(&id(&name), Presence::Gone);
    }
    world.clock.advance(secs(60));
    let before = world.faults.calls();

    let answer = world.reap().expect("a run");

    assert_eq!(answer["forgotten"], 100);
    assert_eq!(world.push.asked().len(), 100);
    // Pages and their comparisons, two removals for each that is gone, a sample and its look-ups.
    let calls = world.faults.calls() - before;
    assert!(calls <= 2 * 5 + 2 * 100 + 1 + 200, "{calls}");
    for _ in 0..CONNECTIONS {
        if world.reap().expect("a run") == counts(0, 0, 0, 0) {
            return;
        }
    }
    panic!("somebody is never reached");
}

#[test]
fn the_platforms_schedule_is_understood_as_well() {
    let world = world_in_need();
    let event = json!({
        "version": "0", "id": "x", "detail-type": "Scheduled Event", "source": "aws.events",
        "time": "2026-01-01T00:00:00Z", "region": "eu-west-1", "resources": [], "detail": {},
    });

    assert_eq!(world.scheduled_reap(&event), Some(counts(1, 1, 1, 1)));

    assert_healthy(&world);
}

#[tokio::test]
async fn connections_whose_end_nobody_reports_are_forgotten_within_two_minutes() {
    let gateway = Options {
        drop_disconnect: true,
        ..Options::default()
    };
    let policy = Policy {
        connections_per_user: 2,
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
    let mut leaving = stage.client().await;
    let gone = ConnectionId::new(leaving.id().await);
    leaving.cut();
    eventually("the gateway has noticed", async || {
        stage.local().registry().get(gone.as_str()).await.is_none()
    })
    .await;
    stage.remembers(2).await;

    pass(&clock, secs(120)).await;

    stage.remembers(1).await;
    let cell = stage.local().ports().cell();
    assert!(!cell.is_live(&gone).await.unwrap());
    assert_eq!(cell.sample_live(10).await.unwrap().len(), 1);
    let _in_its_place = stage.client().await;
    stage
        .publish(&json!({"eventId": "1", "type": "alert", "data": {}}))
        .await;
    assert_eq!(staying.next().await["eventId"], "1");
}
