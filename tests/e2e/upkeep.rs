//! Redis lost is not data lost.

use std::time::Duration;

use llama_ws_core::Policy;
use llama_ws_tests::World;
use serde_json::{Value, json};

const LIFE: Duration = Duration::from_secs(900);

fn price(id: &str, token: &str) -> Value {
    json!([{"eventId": id, "type": "price_update", "data": {"tokenId": token}}])
}

/// Two clients of prices, one of them for bitcoin only.
fn world_of_two() -> World {
    let world = World::new(Policy::default());
    world.key("key", "user");
    for (id, filters) in [
        ("all=", json!({})),
        ("bitcoin=", json!({"tokenIds": ["bitcoin"]})),
    ] {
        assert_eq!(world.connect(id, Some("key")), 200);
        let joined = world.say(
            id,
            &json!({"type": "subscribe", "channels": ["prices"], "filters": filters}),
        );
        assert_eq!(joined["type"], "subscription_result");
    }
    world
}

#[test]
fn after_redis_was_lost_connected_clients_get_their_events_again_and_no_others() {
    let world = world_of_two();
    let mut worker = world.worker("one", LIFE);
    world.publish(&price("before", "ethereum"));
    assert!(worker.run().is_none());

    world.lose_redis();
    world.clock.advance(Duration::from_secs(2));
    assert!(worker.run().is_none());
    world.publish(&price("after", "ethereum"));
    world.publish(&price("bitcoin", "bitcoin"));
    assert!(worker.run().is_none());

    assert_eq!(world.event_ids("all="), ["before", "after", "bitcoin"]);
    assert_eq!(world.event_ids("bitcoin="), ["bitcoin"]);
}

#[test]
fn what_a_failover_forgot_is_put_back() {
    let world = world_of_two();
    let mut worker = world.worker("one", LIFE);
    world.publish(&price("before", "ethereum"));
    assert!(worker.run().is_none());
    world.clock.advance(Duration::from_secs(2));
    assert!(worker.run().is_none());

    let everything = json!({"type": "subscribe", "channel": "prices", "filters": {}});
    world.lose_in_a_failover(|world| {
        assert_eq!(
            world.say("bitcoin=", &everything)["type"],
            "subscription_result"
        );
    });
    world.clock.advance(Duration::from_secs(2));
    assert!(worker.run().is_none());
    world.publish(&price("after", "ethereum"));
    assert!(worker.run().is_none());

    assert_eq!(world.event_ids("bitcoin="), ["after"]);
    assert_eq!(world.event_ids("all="), ["before", "after"]);
    assert_eq!(world.frames("all=")[1]["prev"], Value::Null);
}

#[test]
fn offsets_never_run_backwards_and_the_gap_is_told() {
    let world = world_of_two();
    let mut worker = world.worker("one", LIFE);
    world.publish(&price("before", "bitcoin"));
    worker.run();
    world.lose_redis();
    world.clock.advance(Duration::from_secs(2));
    worker.run();
    world.publish(&price("after", "bitcoin"));
    world.publish(&price("later", "bitcoin"));
    worker.run();

    let frames = world.frames("all=");
    let offsets: Vec<(u64, u64)> = frames.iter().map(|frame| place(&frame["offset"])).collect();
    assert!(offsets.is_sorted_by(|a, b| a < b), "{offsets:?}");
    assert_eq!(frames[1]["prev"], Value::Null);
    assert_eq!(frames[2]["prev"], frames[1]["offset"]);
}

fn place(offset: &Value) -> (u64, u64) {
    let (ms, sequence) = offset.as_str().unwrap().split_once('-').unwrap();
    (ms.parse().unwrap(), sequence.parse().unwrap())
}

#[test]
fn a_redis_lost_while_nobody_works_is_rebuilt_by_the_next_worker() {
    let world = world_of_two();
    let mut first = world.worker("one", LIFE);
    world.publish(&price("before", "bitcoin"));
    first.run();
    drop(first);

    world.lose_redis();
    let mut second = world.worker("two", LIFE);
    second.run();
    world.publish(&price("after", "bitcoin"));
    second.run();

    assert_eq!(world.event_ids("bitcoin="), ["before", "after"]);
    assert!(world.member("all=").is_some());
}

#[test]
fn a_connection_that_left_meanwhile_stays_gone() {
    let world = world_of_two();
    let mut worker = world.worker("one", LIFE);
    worker.run();
    world.lose_redis();
    assert!(world.disconnect("all="));
    world.clock.advance(Duration::from_secs(2));
    worker.run();
    world.publish(&price("after", "bitcoin"));
    worker.run();

    assert_eq!(world.event_ids("all="), Vec::<String>::new());
    assert_eq!(world.event_ids("bitcoin="), ["after"]);
}
