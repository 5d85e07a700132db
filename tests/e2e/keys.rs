//! API keys: their form, limits of their own, and what becomes of connections whose key ends.

use std::time::Duration;

use futures_util::FutureExt;
use llama_ws_core::ports::{Clock, KeyRecords};
use llama_ws_core::{ConnectionId, KeyLimits, Policy, SecretKey, UnixMillis};
use llama_ws_tests::World;
use serde_json::json;

fn world(connections_per_user: u32) -> World {
    World::new(Policy {
        connections_per_user,
        connects_per_minute: u32::MAX,
        ..Policy::default()
    })
}

fn limited(connections: u32) -> KeyLimits {
    KeyLimits {
        connections: Some(connections),
    }
}

#[test]
fn a_key_of_ours_opens_a_connection_and_a_damaged_one_costs_no_look_at_the_table() {
    let world = world(100);
    let key = SecretKey::from_random([7; 32]);
    world.key(key.reveal(), "alice");
    assert_eq!(world.connect("alice=", Some(key.reveal())), 200);

    let damaged = format!("{}x", key.reveal());
    world.key(&damaged, "alice");
    world.keys().fail(true);
    assert_eq!(world.connect("damaged=", Some(&damaged)), 401);
    assert_eq!(world.connect("unknown=", Some("of-other-origin")), 503);
}

#[test]
fn a_keys_own_allowance_counts_instead_of_the_services() {
    for (limits, allowed) in [
        (KeyLimits::default(), 2),
        (limited(0), 0),
        (limited(1), 1),
        (limited(3), 3),
    ] {
        let world = world(2);
        world.limited_key("alice-key", "alice", limits);
        let connect = |number| world.connect(&format!("{number}="), Some("alice-key"));

        for number in 0..allowed {
            assert_eq!(connect(number), 200, "{limits:?}: {number}");
        }
        assert_eq!(connect(allowed), 429, "{limits:?}");
        if allowed > 0 {
            world.disconnect("0=");
            assert_eq!(connect(allowed + 1), 200, "{limits:?}");
            assert_eq!(connect(allowed + 2), 429, "{limits:?}");
        }
    }
}

#[test]
fn an_authentication_by_message_goes_by_the_keys_allowance() {
    let world = world(0);
    world.limited_key("alice-key", "alice", limited(1));
    for id in ["one=", "two="] {
        assert_eq!(world.connect(id, None), 200);
    }
    let authenticate = json!({"type": "authenticate", "apiKey": "alice-key"});

    assert_eq!(world.say("one=", &authenticate)["type"], "authenticated");
    assert_eq!(world.tell("two=", &authenticate), None);
    assert_eq!(world.frames("two=")[0]["code"], "RATE_LIMITED");
}

fn expired(world: &World) -> u64 {
    let reaped = world.reap().expect("the stores answer");
    reaped["expired"].as_u64().expect("a count")
}

/// The key's owner says that it ends at `end`, or no longer counts from now on.
fn change(world: &World, key: &str, end: Option<UnixMillis>) {
    let hash = SecretKey::presented(key).hash();
    let changed = match end {
        Some(end) => world.keys().expire(&hash, end).now_or_never(),
        None => world.keys().revoke(&hash).now_or_never(),
    };
    assert_eq!(changed, Some(Ok(true)));
}

#[test]
fn the_next_run_of_the_reaper_ends_the_connections_of_a_key_that_is_gone() {
    for deleted in [false, true] {
        let world = world(100);
        world.key("alice-key", "alice");
        world.key("other-key", "alice");
        let mut worker = world.worker("one", Duration::from_secs(900));
        for (id, key) in [
            ("one=", "alice-key"),
            ("two=", "alice-key"),
            ("other=", "other-key"),
        ] {
            assert_eq!(world.connect(id, Some(key)), 200);
        }
        assert_eq!(expired(&world), 0);
        worker.run();

        if deleted {
            world.keys().remove("alice-key");
        } else {
            change(&world, "alice-key", None);
        }
        assert_eq!(world.connect("late=", Some("alice-key")), 401);
        assert_eq!(expired(&world), 2);
        worker.run();

        let mut closed = world.push.closed();
        closed.sort_unstable();
        assert_eq!(closed, ["one=", "two="].map(ConnectionId::new));
        for id in ["one=", "two="] {
            assert_eq!(world.frames(id).len(), 1);
            assert_eq!(world.frames(id)[0]["reason"], "auth_expired");
            assert_eq!(world.stored(id), None);
        }
        assert!(world.frames("other=").is_empty());
        assert_eq!(expired(&world), 0);
    }
}

#[test]
fn while_nobody_works_the_reaper_ends_them_itself() {
    let world = world(100);
    world.key("alice-key", "alice");
    world.connect("one=", Some("alice-key"));
    change(&world, "alice-key", None);
    assert_eq!(expired(&world), 1);

    world.clock.advance(Duration::from_secs(60));
    world.reap();

    assert_eq!(world.push.closed(), [ConnectionId::new("one=")]);
    assert_eq!(world.stored("one="), None);
}

#[test]
fn sessions_of_a_rotated_key_end_with_its_overlap() {
    let world = world(100);
    world.key("alice-key", "alice");
    let mut worker = world.worker("one", Duration::from_secs(7_200));
    world.connect("one=", Some("alice-key"));
    worker.run();
    let end = Clock::now(&world.clock).plus(Duration::from_secs(3_600));
    change(&world, "alice-key", Some(end));
    assert_eq!((expired(&world), expired(&world)), (1, 0));

    for _ in 0..3_599 {
        world.clock.advance(Duration::from_secs(1));
        worker.run();
    }
    assert!(world.push.closed().is_empty());
    world.clock.advance(Duration::from_secs(1));
    worker.run();
    let frames = world.frames("one=");
    let types: Vec<_> = frames
        .iter()
        .map(|frame| frame["type"].to_string())
        .collect();
    assert_eq!(types, [r#""auth_expiring""#, r#""goodbye""#]);
    assert_eq!(world.push.closed(), [ConnectionId::new("one=")]);
}

#[test]
fn who_has_shown_another_key_of_the_user_stays() {
    let world = world(100);
    world.key("alice-key", "alice");
    world.key("new-key", "alice");
    world.connect("one=", Some("alice-key"));
    let authenticate = json!({"type": "authenticate", "apiKey": "new-key"});
    assert_eq!(world.say("one=", &authenticate)["type"], "authenticated");

    change(&world, "alice-key", None);

    assert_eq!(expired(&world), 0);
}

#[test]
fn nobody_is_ended_because_the_table_does_not_answer() {
    let world = world(100);
    world.key("alice-key", "alice");
    world.connect("one=", Some("alice-key"));
    world.keys().fail(true);

    assert_eq!(world.reap(), None);
    world.keys().fail(false);
    assert_eq!(expired(&world), 0);

    assert!(world.push.closed().is_empty());
    let stored = world.stored("one=").and_then(|document| document.principal);
    assert_eq!(stored.and_then(|principal| principal.expires_at), None);
}

#[test]
fn a_run_ends_at_most_200_sessions_and_the_next_goes_on() {
    for (connections, expected) in [(199, [199, 0]), (200, [200, 0]), (201, [200, 1])] {
        let world = world(u32::MAX);
        world.key("alice-key", "alice");
        for number in 0..connections {
            assert_eq!(world.connect(&format!("{number}="), Some("alice-key")), 200);
        }
        change(&world, "alice-key", None);

        assert_eq!(
            [expired(&world), expired(&world)],
            expected,
            "{connections}"
        );
    }
}
