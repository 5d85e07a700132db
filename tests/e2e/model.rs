//! The service against a model that fits on two pages: whatever clients ask and whoever publishes,
//! each client gets exactly what the model says, in order, and no chain has a hole.

mod actions;
mod expected;
mod hand_over;

use std::collections::BTreeMap;
use std::time::Duration;

use llama_ws_core::Policy;
use llama_ws_tests::World;
use proptest::prelude::*;
use serde_json::{Value, json};

use actions::{Action, CONNECTIONS, actions, key_of};
use expected::{Delivery, Model};

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

/// Each run is new; what fails is shrunk and printed.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(400))]

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
            let frames = world.frames(id);
            assert_chain(&frames);
            let came: Vec<_> = frames.iter().map(Delivery::of).collect();
            assert_eq!(came, model.of(id).got, "{id}");
            let shown = world.say(id, &json!({"type": "subscriptions"}));
            assert_eq!(effective(&shown["subscription"]), model.of(id).held(), "{id}");
        }
    }

}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn while_posts_are_slow_at_most_the_one_in_flight_follows_an_older_state(
        actions in actions(),
        turn_ms in 1..40_u64,
    ) {
        let world = roomy_world();
        let mut worker = world.worker("only", Duration::from_secs(900));
        worker.run();
        for id in CONNECTIONS {
            assert_eq!(world.connect(id, Some(key_of(id))), 200);
        }
        world.push.delay(Duration::from_millis(30));
        let mut model = Model::default();
        let mut came = Came::default();

        for action in &actions {
            perform(&world, &mut model, action);
            if let Action::Ask { id, .. } = action {
                came.late.insert(id, 0);
            }
            for step in [0, turn_ms] {
                world.clock.advance(Duration::from_millis(step));
                assert!(worker.run().is_none());
                came.look(&world, &mut model);
            }
        }
        for _ in 0..actions.len() + 1 {
            world.clock.advance(Duration::from_millis(30));
            assert!(worker.run().is_none());
            came.look(&world, &mut model);
        }
        for id in CONNECTIONS {
            assert_eq!(model.awaited(id), Vec::<u64>::new(), "{id}");
            assert_chain(&world.frames(id));
        }
    }
}

/// How many frames each connection had, and how many of them it no longer wanted.
#[derive(Default)]
struct Came {
    seen: BTreeMap<&'static str, usize>,
    late: BTreeMap<&'static str, usize>,
}

impl Came {
    fn look(&mut self, world: &World, model: &mut Model) {
        for id in CONNECTIONS {
            let seen = self.seen.entry(id).or_default();
            for frame in world.frames(id).iter().skip(*seen) {
                *seen += 1;
                if !model.came(id, frame) {
                    let late = self.late.entry(id).or_default();
                    *late += 1;
                    assert!(*late <= 1, "{id}: {frame}");
                }
            }
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

/// Each message names the one before it.
fn assert_chain(frames: &[Value]) {
    let mut prev = "0-0";
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
