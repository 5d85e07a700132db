//! The service against a model that fits on two pages: whatever clients ask and whoever publishes,
//! each client gets exactly what the model says, in order, and no chain has a hole.

mod actions;
mod expected;
mod hand_over;

use std::time::Duration;

use llama_ws_core::Policy;
use llama_ws_tests::World;
use proptest::prelude::*;
use serde_json::{Value, json};

use actions::{Action, CONNECTIONS, actions, key_of};
use expected::Model;

fn roomy_world() -> World {
    let world = World::new(Policy {
        messages_per_minute: u32::MAX,
        subscription_changes_per_minute: u32::MAX,
        ..Policy::default()
    });
    world.key("alice-key", "alice");
    world.key("bob-key", "bob");
    world
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn each_client_gets_what_a_sequential_model_says(actions in actions()) {
        let world = roomy_world();
        let mut worker = world.worker("only", Duration::from_secs(900));
        worker.run();
        for id in CONNECTIONS {
            assert_eq!(world.connect(id, Some(key_of(id))), 200);
        }
        let mut model = Model::default();

        for action in &actions {
            perform(&world, &mut model, action);
            if *action == Action::Work {
                assert!(worker.run().is_none());
                model.work();
            }
        }
        assert!(worker.run().is_none());
        model.work();

        for id in CONNECTIONS {
            assert_chain(&world.frames(id), &model.of(id).got);
            let shown = world.say(id, &json!({"type": "subscriptions"}));
            assert_eq!(effective(&shown["subscription"]), model.of(id).held(), "{id}");
        }
    }
}

fn perform(world: &World, model: &mut Model, action: &Action) {
    match action {
        Action::Ask {
            id,
            over_http,
            request,
        } => {
            let expected = model.ask(id, request);
            let reply = if *over_http {
                ask_over_http(world, id, request)
            } else {
                world.say(id, &request.to_json())
            };
            assert_eq!(expected::gist(&reply), expected, "{request:?}: {reply}");
        }
        Action::Publish(event) => {
            let expected = usize::from(model.publish(event));
            let report = world.publish(&json!([event.to_json(model.published)]));
            assert_eq!(report["accepted"], expected, "{event:?}: {report}");
            assert_eq!(report["duplicates"], 1 - expected, "{event:?}: {report}");
        }
        Action::Broadcast(channel) => {
            let body = model.broadcast(*channel);
            let (status, answer) = world.http("alice-key", "/broadcast", &body);
            assert_eq!(status, 202, "{answer}");
        }
        Action::Wait(millis) => world.clock.advance(Duration::from_millis(*millis)),
        Action::Work => {}
    }
}

/// Over HTTP a request is the same without its verb, and answered in the `action` dialect.
fn ask_over_http(world: &World, id: &str, request: &actions::Request) -> Value {
    let mut body = request.to_json();
    body["connectionId"] = json!(id);
    let path = format!("/{}", request.verb());
    world.http(key_of(id), &path, &body).1
}

/// Compares what came with what should have: events, channels, and that each names the one before.
fn assert_chain(frames: &[Value], expected: &[expected::Delivery]) {
    let mut prev = "0-0";
    let came: Vec<_> = frames.iter().map(expected::Delivery::of).collect();
    assert_eq!(came, expected);
    for frame in frames {
        assert_eq!(frame["prev"], prev, "{frame}");
        prev = frame["offset"].as_str().expect("an offset");
    }
}

/// Channel by channel, the filters in force.
fn effective(subscription: &Value) -> Vec<(String, Value)> {
    let channels = subscription["channels"].as_array().into_iter().flatten();
    channels
        .map(|channel| {
            let name = channel.as_str().expect("a name");
            let own = subscription["byChannel"].get(name);
            let filters = own.map_or(&subscription["filters"], |own| &own["filters"]);
            (name.to_owned(), filters.clone())
        })
        .collect()
}
