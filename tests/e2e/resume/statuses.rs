//! What a replay's status says, at each of its borders.

use std::time::Duration;

use llama_ws_core::Policy;
use serde_json::json;

use super::Scene;

/// A connection, and the offset after which everything is published.
fn joined(scene: &mut Scene) -> String {
    scene.connect("a", "alice");
    let reply = scene.subscribe("a", &["prices"], None);
    reply["offset"].as_str().unwrap().to_owned()
}

fn result(scene: &mut Scene, since: &str) -> String {
    assert_eq!(scene.resume("a", since)["type"], "resume_started");
    scene.story("a").pop().unwrap()
}

#[test]
fn nothing_missed_is_recovered() {
    let mut scene = Scene::new();
    let since = joined(&mut scene);
    assert_eq!(result(&mut scene, &since), "recovered 0");
    scene.prices(&["1"]);
    let last = scene.last("a");
    assert_eq!(result(&mut scene, &last), "recovered 0");
}

#[test]
fn a_replay_has_at_most_its_limit_and_keeps_the_newest() {
    for (missed, expected) in [(2, "recovered 2"), (3, "recovered 3"), (4, "partial 3")] {
        let mut scene = Scene::with(Policy {
            replay_limit: 3,
            ..Policy::default()
        });
        let since = joined(&mut scene);
        let tokens: Vec<String> = (1..=missed).map(|n| n.to_string()).collect();
        scene.prices(&tokens.iter().map(String::as_str).collect::<Vec<_>>());

        assert_eq!(result(&mut scene, &since), expected, "{missed}");
        let story = scene.story("a");
        let newest: Vec<String> = tokens
            .iter()
            .rev()
            .take(3)
            .rev()
            .map(|n| format!("again {n}"))
            .collect();
        assert_eq!(story[missed..story.len() - 1], newest);
    }
}

/// The default, and events that do not match beside those that do.
#[test]
fn a_thousand_are_replayed_and_no_more() {
    for (missed, expected) in [
        (999, "recovered 999"),
        (1_000, "recovered 1000"),
        (1_001, "partial 1000"),
    ] {
        let mut scene = Scene::new();
        let since = joined(&mut scene);
        for n in 0..missed {
            let event = |kind| json!({"type": kind, "data": {"tokenId": n.to_string()}});
            scene
                .world
                .publish(&json!([event("price_update"), event("tvl_change")]));
            scene.run();
        }

        assert_eq!(result(&mut scene, &since), expected);
    }
}

/// Nobody listened for a while: what the log holds may not be all there was.
#[test]
fn a_gap_makes_it_partial_and_one_before_since_does_not() {
    let mut scene = Scene::new();
    let since = joined(&mut scene);
    scene.prices(&["1"]);
    // The worker dies; the next one comes when the lease has run out.
    scene.worker = scene.world.worker("next", Duration::from_secs(900));
    scene.world.clock.advance(Duration::from_secs(11));
    scene.run();
    scene.prices(&["2"]);

    assert_eq!(result(&mut scene, &since), "partial 2");
    let last = scene.last("a");
    scene.prices(&["3"]);
    assert_eq!(result(&mut scene, &last), "recovered 1");
}

/// Longer than the log keeps an event.
const WINDOW: Duration = Duration::from_secs(15 * 60 + 1);

/// The worker's own memory may reach further than the log.
#[test]
fn what_the_worker_remembers_is_recovered_though_it_was_trimmed() {
    let mut scene = Scene::new();
    let since = joined(&mut scene);
    scene.prices(&["old"]);
    scene.world.clock.advance(WINDOW);
    scene.prices(&["new"]);

    assert_eq!(result(&mut scene, &since), "recovered 2");
    assert_eq!(scene.world.log().len(), 1);
}

#[test]
fn what_was_trimmed_makes_it_partial_and_with_nothing_left_expired() {
    for (newest, expected) in [("price_update", "partial 1"), ("tvl_change", "expired 0")] {
        let mut scene = Scene::new();
        let since = joined(&mut scene);
        scene.prices(&["old"]);
        scene.run();
        scene.world.clock.advance(WINDOW);
        scene.worker = scene.world.worker("next", Duration::from_secs(5_000));
        scene.run();
        scene.publish(&json!({"type": newest, "data": {"tokenId": "new"}}));

        assert_eq!(result(&mut scene, &since), expected);
    }
}

/// No client has seen a place that the log has not reached.
#[test]
fn a_place_from_the_future_is_unknown() {
    let mut scene = Scene::new();
    joined(&mut scene);
    scene.prices(&["1"]);
    assert_eq!(result(&mut scene, "99999999999999-0"), "expired 0");
}
