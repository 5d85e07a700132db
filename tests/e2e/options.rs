//! Delivery options: `batch`, `conflate` and `maxRate`.

use std::time::Duration;

use llama_ws_core::{ConnectionId, FrameBudget, Policy};
use llama_ws_tests::{Stage, Worker, World};
use serde_json::{Value, json};

const ID: &str = "c";

/// A world with one connection that has subscribed like this, and its worker.
fn world(request: &Value) -> (World, Worker) {
    let world = World::new(Policy::default());
    world.key("key", "alice");
    let mut worker = world.worker("only", Duration::from_secs(900));
    worker.run();
    assert_eq!(world.connect(ID, Some("key")), 200);
    ask(&world, request);
    // The first message of all follows the gap marker that the first worker writes.
    world.publish(&json!([{"eventId": "first", "type": "alert", "data": {}}]));
    worker.run();
    assert_eq!(take(&world), [vec!["first"]]);
    (world, worker)
}

fn ask(world: &World, request: &Value) {
    let reply = world.say(ID, request);
    assert_eq!(reply["type"], "subscription_result", "{reply}");
}

fn subscribe(channels: &[&str], options: &Value) -> Value {
    json!({"type": "subscribe", "channels": channels, "options": options})
}

fn price(id: &str, token: &str) -> Value {
    json!({"eventId": id, "type": "price_update", "data": {"tokenId": token}})
}

fn alert(id: &str) -> Value {
    json!({"eventId": id, "type": "alert", "data": {}})
}

fn messages(frame: &Value) -> Vec<Value> {
    match frame["messages"].as_array() {
        Some(messages) => messages.clone(),
        None => vec![frame.clone()],
    }
}

fn name(message: &Value) -> String {
    let id = message["eventId"].as_str().or(message["type"].as_str());
    id.expect("an event or a frame with a type").to_owned()
}

/// What each frame so far had in it.
fn frames(world: &World) -> Vec<Vec<String>> {
    let frames = world.frames(ID);
    frames
        .iter()
        .map(|frame| messages(frame).iter().map(name).collect())
        .collect()
}

/// The frames since they were last taken.
fn take(world: &World) -> Vec<Vec<String>> {
    let frames = frames(world);
    world.push.forget_posts();
    frames
}

/// Each message names the one before it.
fn assert_chain(messages: &[Value]) {
    for pair in messages.windows(2) {
        assert_eq!(pair[1]["prev"], pair[0]["offset"], "{pair:?}");
    }
}

/// Lets time pass in steps of a millisecond.
fn pass(world: &World, worker: &mut Worker, ms: u64) {
    for _ in 0..ms {
        world.clock.advance(Duration::from_millis(1));
        assert!(worker.run().is_none());
    }
}

#[test]
fn what_waits_goes_in_one_frame_in_order_and_each_message_names_the_one_before() {
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &json!({"batch": true})));
    world.publish(&json!([price("p1", "a"), alert("a1"), price("p2", "a")]));
    worker.run();

    let all: Vec<Value> = world.frames(ID).iter().flat_map(messages).collect();
    assert_chain(&all);
    assert_eq!(take(&world), [["p1", "a1", "p2"]]);

    world.publish(&json!([price("p3", "a")]));
    worker.run();
    assert_eq!(
        world.frames(ID)[0]["type"],
        "price_update",
        "one goes as it is"
    );
}

#[test]
fn without_the_option_every_message_has_a_frame_of_its_own() {
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &json!({"batch": false})));
    world.publish(&json!([price("p1", "a"), price("p2", "a")]));
    worker.run();
    assert_eq!(take(&world), [["p1"], ["p2"]]);
}

#[test]
fn a_frame_has_at_most_32_000_bytes_and_nothing_is_lost() {
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &json!({"batch": true})));
    let events: Vec<Value> = (0..90)
        .map(|n| {
            let data = json!({"tokenId": "a", "pad": "x".repeat(n * 31)});
            json!({"eventId": format!("p{n}"), "type": "price_update", "data": data})
        })
        .collect();
    world.publish(&json!(events));
    worker.run();

    let sizes: Vec<usize> = world
        .push
        .frames(&ConnectionId::new(ID))
        .iter()
        .map(bytes::Bytes::len)
        .collect();
    assert!(sizes.iter().all(|size| *size <= 32_000), "{sizes:?}");
    let all: Vec<Value> = world.frames(ID).iter().flat_map(messages).collect();
    assert_chain(&all);
    let names: Vec<String> = all.iter().map(name).collect();
    let expected: Vec<String> = (0..90).map(|n| format!("p{n}")).collect();
    assert_eq!(names, expected);
    let total: usize = sizes.iter().sum();
    assert_eq!(sizes.len(), total.div_ceil(32_000), "{sizes:?}");
}

#[test]
fn only_the_latest_per_key_goes_but_every_alert() {
    let options = json!({"batch": true, "conflate": true});
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &options));
    let private = json!({"eventId": "mine1", "type": "price_update", "userId": "alice",
                         "data": {"tokenId": "a"}});
    let mut again = private.clone();
    again["eventId"] = json!("mine2");
    world.publish(&json!([
        price("a1", "a"),
        price("b1", "b"),
        alert("x"),
        alert("x2"),
        private,
        again,
        price("a2", "a"),
    ]));
    worker.run();

    let all: Vec<Value> = world.frames(ID).iter().flat_map(messages).collect();
    assert_chain(&all);
    assert_eq!(take(&world), [["b1", "x", "x2", "mine1", "mine2", "a2"]]);
}

#[test]
fn conflation_belongs_to_the_channel() {
    let (world, mut worker) = world(&subscribe(&["alerts"], &json!({"batch": true})));
    ask(&world, &subscribe(&["token:a"], &json!({"conflate": true})));
    ask(&world, &subscribe(&["token:b"], &json!({})));
    let reply = world.say(ID, &json!({"type": "subscriptions"}));
    assert_eq!(
        reply["subscription"]["byChannel"],
        json!({"token:a": {"filters": {}, "options": {"conflate": true}}})
    );
    worker.run();
    world.publish(&json!([
        price("a1", "a"),
        price("b1", "b"),
        price("a2", "a"),
        price("b2", "b"),
    ]));
    worker.run();
    assert_eq!(take(&world), [["b1", "a2", "b2"]]);

    // Subscribing again replaces it.
    ask(&world, &subscribe(&["token:a"], &json!({})));
    worker.run();
    world.publish(&json!([price("a3", "a"), price("a4", "a")]));
    worker.run();
    assert_eq!(take(&world), [["a3", "a4"]]);
}

#[test]
fn a_rate_keeps_frames_apart_and_what_waits_meanwhile_is_the_latest() {
    let options = json!({"batch": true, "conflate": true, "maxRate": 2});
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &options));
    pass(&world, &mut worker, 500);
    for n in 0..10 {
        world.publish(&json!([price(&format!("a{n}"), "a")]));
        worker.run();
        pass(&world, &mut worker, 100);
    }
    pass(&world, &mut worker, 500);
    assert_eq!(take(&world), [["a0"], ["a4"], ["a9"]]);
}

#[test]
fn an_alert_does_not_wait_for_an_interval_that_prices_began() {
    let options = json!({"batch": true, "maxRate": 0.1});
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &options));
    pass(&world, &mut worker, 10_000);
    world.publish(&json!([price("p1", "a")]));
    worker.run();
    world.publish(&json!([price("p2", "a")]));
    worker.run();
    assert_eq!(take(&world), [["p1"]]);
    world.publish(&json!([alert("now")]));
    worker.run();
    assert_eq!(take(&world), [["p2", "now"]]);
    // It took the next interval: over time there are no more frames than asked for.
    world.publish(&json!([price("p3", "a")]));
    pass(&world, &mut worker, 19_999);
    assert_eq!(take(&world), Vec::<Vec<String>>::new());
    pass(&world, &mut worker, 1);
    assert_eq!(take(&world), [["p3"]]);
}

#[test]
fn a_request_that_names_batch_alone_lifts_the_rate_and_one_that_names_neither_keeps_both() {
    let options = json!({"batch": true, "maxRate": 0.1});
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &options));
    let two = |ids: [&str; 2]| {
        world.publish(&json!([price(ids[0], "a")]));
        world.publish(&json!([price(ids[1], "a")]));
    };
    ask(&world, &subscribe(&["tvl"], &json!({})));
    two(["p1", "p2"]);
    worker.run();
    assert_eq!(take(&world), Vec::<Vec<String>>::new(), "still paced");
    ask(&world, &subscribe(&["tvl"], &json!({"batch": true})));
    worker.run();
    assert_eq!(take(&world), [["p1", "p2"]]);
    world.publish(&json!([price("p3", "a")]));
    worker.run();
    world.publish(&json!([price("p4", "a")]));
    worker.run();
    assert_eq!(take(&world), [["p3"], ["p4"]]);
}

#[test]
fn an_unsubscribe_takes_back_what_a_paced_connection_waits_for() {
    let options = json!({"batch": true, "maxRate": 1});
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &options));
    world.publish(&json!([price("p1", "a"), alert("x"), price("p2", "a")]));
    let reply = world.say(ID, &json!({"type": "unsubscribe", "channels": ["prices"]}));
    assert_eq!(reply["type"], "unsubscription_result");
    worker.run();
    pass(&world, &mut worker, 2_000);
    assert_eq!(take(&world), [["x"]]);
}

#[test]
fn a_rate_holds_nobody_elses_progress_and_a_take_over_owes_what_waited() {
    let options = json!({"batch": true, "conflate": true, "maxRate": 0.1});
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &options));
    world.publish(&json!([price("a1", "a"), price("b1", "b")]));
    pass(&world, &mut worker, 8_000);
    world.publish(&json!([price("a2", "a")]));
    pass(&world, &mut worker, 1_900);
    assert_eq!(take(&world), Vec::<Vec<String>>::new());
    drop(worker);

    // The lease runs out; the next worker reads on from what was owed to the connection.
    world.clock.advance(Duration::from_secs(11));
    let mut next = world.worker("next", Duration::from_secs(900));
    next.run();
    pass(&world, &mut next, 10_000);
    let all: Vec<Value> = world.frames(ID).iter().flat_map(messages).collect();
    assert_chain(&all);
    assert_eq!(take(&world), [["b1", "a2"]]);
}

#[test]
fn options_come_over_http_too() {
    let (world, mut worker) = world(&subscribe(&["alerts"], &json!({})));
    let body = json!({"connectionId": ID, "channels": ["prices"],
                      "options": {"batch": true, "conflate": true, "maxRate": 50}});
    assert_eq!(world.http("key", "/subscribe", &body).0, 200);
    worker.run();
    world.publish(&json!([
        price("a1", "a"),
        price("b1", "b"),
        price("a2", "a")
    ]));
    worker.run();
    assert_eq!(take(&world), [["b1", "a2"]]);
}

#[test]
fn a_request_that_fails_for_every_channel_changes_no_option() {
    let (world, mut worker) = world(&subscribe(&["prices", "alerts"], &json!({})));
    let request = subscribe(&["bad channel"], &json!({"batch": true}));
    let reply = world.say(ID, &request);
    assert_eq!(reply["results"][0]["status"], "failed", "{reply}");
    worker.run();
    world.publish(&json!([price("p1", "a"), price("p2", "a")]));
    worker.run();
    assert_eq!(take(&world), [["p1"], ["p2"]]);
}

#[test]
fn the_frame_budget_is_shared_in_turn_and_alerts_have_a_part_of_it() {
    let world = World::new(Policy {
        frame_budget: FrameBudget {
            per_second: 100,
            burst: 8,
        },
        ..Policy::default()
    });
    world.key("key", "alice");
    let mut worker = world.worker("only", Duration::from_secs(900));
    worker.run();
    let ids = ["c0", "c1", "c2", "c3"];
    for id in ids {
        assert_eq!(world.connect(id, Some("key")), 200);
        let options = json!({"conflate": id != "c0"});
        world.say(id, &subscribe(&["prices", "alerts"], &options));
    }
    worker.run();
    let events: Vec<Value> = (0..8).map(|n| price(&format!("p{n}"), "a")).collect();
    for event in &events {
        world.publish(&json!([event]));
        worker.run();
    }
    let count = |id: &str| world.frames(id).len();
    let counts = || ids.map(count);
    // Six of the burst of eight: everybody's first, and two more.
    assert_eq!(counts(), [2, 2, 1, 1]);
    world.publish(&json!([alert("x")]));
    worker.run();
    assert_eq!(counts().iter().sum::<usize>(), 8, "two are kept for alerts");

    pass(&world, &mut worker, 1_000);
    let all = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "x"];
    assert_eq!(world.event_ids("c0"), all, "who does not conflate gets all");
    for id in &ids[1..] {
        assert_eq!(world.event_ids(id).last().unwrap(), "x");
        assert!(world.event_ids(id).contains(&"p7".to_owned()));
        assert!(count(id) <= 4, "{id}: an earlier price was superseded");
    }
}

/// The whole way, by sockets: whatever is packed and conflated, a client ends with the last value
/// of each token and a chain without a hole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_conflates_ends_with_the_last_value_of_each_token() {
    const EVENTS: u64 = 600;
    const TOKENS: u64 = 7;
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    let options = json!({"batch": true, "conflate": true, "maxRate": 50});
    let reply = client.ask(&subscribe(&["prices"], &options)).await;
    assert_eq!(reply["type"], "subscription_result");

    for start in (0..EVENTS).step_by(20) {
        let events: Vec<Value> = (start..start + 20)
            .map(|n| json!({"type": "price_update", "data": {"tokenId": format!("t{}", n % TOKENS), "n": n}}))
            .collect();
        stage.publish(&json!(events)).await;
    }

    let mut all: Vec<Value> = Vec::new();
    let mut last = vec![None; usize::try_from(TOKENS).unwrap()];
    let is_complete = |last: &[Option<u64>]| {
        let newest = EVENTS - TOKENS;
        last.iter().all(|n| n.is_some_and(|n| n >= newest))
    };
    while !is_complete(&last) {
        for message in messages(&client.next().await) {
            let n = message["data"]["n"].as_u64().unwrap();
            let token = usize::try_from(n % TOKENS).unwrap();
            assert!(last[token].is_none_or(|before| before < n), "{message}");
            last[token] = Some(n);
            all.push(message);
        }
    }
    assert_chain(&all);
    client.expect_silence().await;
}
