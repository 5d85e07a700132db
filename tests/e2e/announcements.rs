//! `PUBLISH events:<channel>`, as the Event Processor does today.

use std::time::Duration;

use llama_ws_core::{Policy, WorkEnd};
use llama_ws_tests::{Worker, World};
use serde_json::json;

const LIFE: Duration = Duration::from_secs(900);

/// A worker that listens, and then a client.
fn world_with(channels: &[&str]) -> (World, Worker) {
    let world = World::new(Policy::default());
    world.key("key", "user");
    let mut worker = world.worker("one", LIFE);
    assert!(worker.run().is_none());
    assert_eq!(world.connect("a=", Some("key")), 200);
    world.say("a=", &json!({"type": "subscribe", "channels": channels}));
    (world, worker)
}

fn price(id: &str) -> String {
    json!({"eventId": id, "eventType": "price_update", "data": {"tokenId": "ethereum"}}).to_string()
}

#[test]
fn what_is_published_on_a_redis_channel_arrives_once_whatever_its_copies() {
    let (world, mut worker) = world_with(&["events:prices", "events:token:ethereum"]);
    worker.run();
    for channel in [
        "events:prices",
        "events:token:ethereum",
        "events:chain:ethereum:prices",
    ] {
        assert_eq!(world.announcements().publish(channel, &price("1")), 1);
    }
    worker.run();

    let frames = world.frames("a=");
    assert_eq!(frames.len(), 1);
    assert_eq!(
        frames[0]["channels"],
        json!(["events:prices", "events:token:ethereum"])
    );
}

#[test]
fn copies_without_an_id_are_one_event_for_five_seconds() {
    let (world, mut worker) = world_with(&["prices"]);
    worker.run();
    let bytes = r#"{"eventType":"price_update","data":{"price":1}}"#;
    for (seconds, expected) in [(0, 1), (4, 1), (2, 2)] {
        world.clock.advance(Duration::from_secs(seconds));
        world.announcements().publish("events:prices", bytes);
        worker.run();
        assert_eq!(world.event_ids("a=").len(), expected);
    }
    let ids = world.event_ids("a=");
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn an_event_also_reaches_the_channel_it_was_published_on() {
    let (world, mut worker) = world_with(&["volumes"]);
    worker.run();
    world.announcements().publish("events:volumes", &price("1"));
    world
        .announcements()
        .publish("events:no such channel", &price("2"));
    worker.run();

    assert_eq!(world.event_ids("a="), ["1"]);
    assert_eq!(world.frames("a=")[0]["channel"], "volumes");
}

#[test]
fn what_is_no_event_harms_nobody() {
    let (world, mut worker) = world_with(&["prices"]);
    worker.run();
    for junk in ["", "junk", "[]", r#"{"eventType":"price_update"}"#] {
        world.announcements().publish("events:prices", junk);
    }
    world.announcements().publish("events:prices", &price("1"));
    worker.run();
    assert_eq!(world.event_ids("a="), ["1"]);
}

#[test]
fn an_interruption_shows_as_an_unknown_predecessor() {
    let (world, mut worker) = world_with(&["prices"]);
    worker.run();
    world.announcements().publish("events:prices", &price("1"));
    worker.run();
    world.announcements().interrupt();
    worker.run();
    world.announcements().publish("events:prices", &price("2"));
    worker.run();

    assert!(world.frames("a=")[0]["prev"].is_string());
    assert!(world.frames("a=")[1]["prev"].is_null());
}

#[test]
fn a_hand_over_hears_everything_once() {
    let (world, mut first) = world_with(&["prices"]);
    first.run();
    world
        .announcements()
        .publish("events:prices", &price("warm-up"));
    first.run();
    world.clock.advance(LIFE - Duration::from_secs(100));
    let mut second = world.worker("two", LIFE);
    let mut ended = None;
    for n in 0..40 {
        world
            .announcements()
            .publish("events:prices", &price(&n.to_string()));
        ended = ended.or_else(|| first.run());
        second.run();
        world.clock.advance(Duration::from_millis(250));
    }
    second.run();

    assert_eq!(ended, Some(Ok(WorkEnd::HandedOver)));
    let expected: Vec<String> = std::iter::once("warm-up".to_owned())
        .chain((0..40).map(|n| n.to_string()))
        .collect();
    assert_eq!(world.event_ids("a="), expected);
    assert!(
        world
            .frames("a=")
            .iter()
            .all(|frame| frame["prev"].is_string())
    );
}
