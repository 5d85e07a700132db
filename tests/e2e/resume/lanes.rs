//! A replay and what else the connection is owed.

use std::time::Duration;

use llama_ws_core::Offset;
use llama_ws_core::ports::PostOutcome;
use serde_json::{Value, json};

use super::{ConnectionId, Scene};

fn place(value: &Value) -> Offset {
    value.as_str().unwrap().parse().unwrap()
}

/// One post is in flight and two messages wait: these come anyway, so only the first comes twice.
#[test]
fn what_waits_already_is_not_replayed_and_comes_after_the_result() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    let since = scene.subscribe("a", &["prices"], None)["offset"].clone();
    scene.prices(&["0"]);
    scene.world.push.delay(Duration::from_millis(500));
    scene.prices(&["1", "2", "3"]);
    scene.resume("a", since.as_str().unwrap());
    scene.world.push.delay(Duration::ZERO);
    scene.world.clock.advance(Duration::from_millis(500));
    scene.run();

    assert_eq!(
        scene.story("a"),
        ["0", "1", "again 0", "again 1", "recovered 2", "2", "3"]
    );
    let frames = scene.world.frames("a");
    let looked_up_to = place(&frames[4]["offset"]);
    assert!(place(&frames[5]["prev"]) <= looked_up_to);
    assert!(looked_up_to < place(&frames[5]["offset"]));
}

#[test]
fn a_replay_is_packed_and_conflated_as_the_connection_wants_it() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    let reply = scene.subscribe("a", &["prices"], None);
    for n in 0..3 {
        for token in ["x", "y"] {
            let data = json!({"tokenId": token, "price": n});
            scene.publish(&json!({"type": "price_update", "data": data}));
        }
    }
    let before = scene.world.frames("a").len();
    let options = json!({"batch": true, "conflate": true});
    let again = json!({
        "type": "subscribe", "channels": ["prices"], "options": options, "since": reply["offset"],
    });
    scene.say("a", &again);

    let frames = scene.world.frames("a").split_off(before);
    assert_eq!(frames[0]["type"], "batch");
    let messages = frames[0]["messages"].as_array().unwrap();
    let told: Vec<_> = messages
        .iter()
        .map(|one| {
            (
                &one["data"]["tokenId"],
                &one["data"]["price"],
                &one["replay"],
            )
        })
        .collect();
    let (x, y) = (json!("x"), json!("y"));
    assert_eq!(
        told,
        [(&x, &json!(2), &json!(true)), (&y, &json!(2), &json!(true))]
    );
    assert_eq!(
        (&frames[1]["status"], &frames[1]["count"]),
        (&json!("recovered"), &json!(2))
    );
}

/// Nobody would see that a replayed message is missing, so none is given up.
#[test]
fn a_replay_is_retried_for_as_long_as_it_takes() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    let since = scene.subscribe("a", &["prices"], None)["offset"].clone();
    scene.prices(&["1"]);
    let failures = vec![PostOutcome::Failed; 9];
    scene.world.push.answer(&ConnectionId::new("a"), failures);
    scene.resume("a", since.as_str().unwrap());
    for _ in 0..9 {
        scene.world.clock.advance(Duration::from_secs(4));
        scene.run();
    }

    assert_eq!(scene.story("a"), ["1", "again 1", "recovered 1"]);
    assert_eq!(scene.world.push.posts().len(), 1 + 10 + 1);
}

/// What is said at the end of a session is not kept waiting by what was missed.
#[test]
fn a_session_that_ends_ends_its_replay() {
    let mut scene = Scene::new();
    scene.connect("a", "alice");
    scene.subscribe("a", &["prices"], None);
    scene.prices(&["1"]);
    let failures = vec![PostOutcome::Failed; 1_000];
    scene.world.push.answer(&ConnectionId::new("a"), failures);
    scene.resume("a", "1-0");
    scene.world.clock.advance(Duration::from_secs(2 * 60 * 60));
    for _ in 0..100 {
        scene.world.clock.advance(Duration::from_secs(4));
        scene.run();
    }
    let posts = scene.world.push.posts();
    let replayed = posts.iter().filter(|post| {
        let frame: Value = serde_json::from_slice(&post.frame).unwrap();
        frame["replay"] == true
    });
    assert!(replayed.count() <= 4);
}
