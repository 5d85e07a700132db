//! Workers that take turns, crash, freeze, and whose posts are slow or fail: a client that follows
//! the contract's rule loses nothing without being told, and is told only of what was given up.

mod run;

use std::collections::BTreeSet;
use std::time::Duration;

use llama_ws_core::ports::{PostOutcome, Slot};
use llama_ws_core::{ConnectionId, Policy, WorkEnd};
use llama_ws_memory::Post;
use llama_ws_tests::{Worker, World};
use serde_json::{Value, json};

use run::{Run, subscriptions};

const SEEDS: u64 = 150;
const STEPS: u32 = 120;

#[test]
fn no_crash_no_hand_over_and_no_slow_post_loses_doubles_or_reorders_an_event() {
    let mut ends = BTreeSet::new();
    let mut disturbed = 0;
    for seed in 0..SEEDS {
        let mut run = Run::of(seed);
        for step in 0..STEPS {
            if step == STEPS / 2 {
                let [.., (id, request)] = subscriptions();
                run.world.faults.struck();
                run.join(id, &request);
            }
            run.step();
        }
        run.finish();

        for (id, _) in subscriptions() {
            run.check(id);
        }
        // Only a post that was frozen with its worker may meet the next worker's.
        assert!(
            run.freezes || run.world.push.most_in_flight() == 1,
            "seed {seed}"
        );
        let failed = |post: &Post| post.outcome != PostOutcome::Delivered;
        disturbed += usize::from(run.world.push.posts().iter().any(failed));
        ends.append(&mut run.ends);
    }
    // The runs were as eventful as they were meant to be.
    assert!(disturbed > 100, "{disturbed}");
    for end in [
        WorkEnd::NotNeeded,
        WorkEnd::HandedOver,
        WorkEnd::Lost,
        WorkEnd::OutOfTime,
    ] {
        assert!(
            ends.contains(&format!("Ok({end:?})")),
            "{end:?} is not among {ends:?}"
        );
    }
}

/// A world with a connection that listens to alerts, and the worker that serves it.
fn served(lives: Duration) -> (World, Worker) {
    let world = World::new(Policy::default());
    world.key("key", "user");
    let mut worker = world.worker("first", lives);
    worker.run();
    for id in ["a", "b"] {
        world.connect(id, Some("key"));
        world.say(id, &json!({"type": "subscribe", "channels": ["alerts"]}));
    }
    worker.run();
    (world, worker)
}

fn alert(event_id: &str) -> Value {
    json!([{"eventId": event_id, "type": "alert", "data": {}}])
}

#[test]
fn a_worker_whose_time_is_over_leaves_nothing_to_repeat() {
    let (world, mut worker) = served(Duration::from_secs(30));
    let slow = ConnectionId::new("b");
    let mut end = None;
    for n in 0..100 {
        if n == 93 {
            // Something is left when the time is over, so that the lease cannot be given up.
            world.push.answer(&slow, [PostOutcome::Throttled; 3]);
        }
        world.publish(&alert(&n.to_string()));
        end = worker.run();
        if end.is_some() {
            break;
        }
        world.clock.advance(Duration::from_millis(210));
    }
    assert_eq!(end, Some(Ok(WorkEnd::OutOfTime)));

    let sent = world.event_ids("a").len();
    world.clock.advance(Duration::from_secs(11));
    let mut next = world.worker("next", Duration::from_secs(900));
    for _ in 0..60 {
        next.run();
        world.clock.advance(Duration::from_secs(1));
    }
    for id in ["a", "b"] {
        let got = world.event_ids(id);
        let expected: Vec<_> = (0..got.len()).map(|n| n.to_string()).collect();
        assert_eq!(got, expected, "{id}");
    }
    assert!(sent < world.event_ids("a").len() && sent > 50, "{sent}");
}

#[test]
fn a_connection_that_turns_out_to_be_gone_while_its_worker_leaves_is_forgotten() {
    let (world, mut worker) = served(Duration::from_secs(30));
    for _ in 0..19 {
        world.clock.advance(Duration::from_secs(1));
        assert!(worker.run().is_none());
    }
    world.push.delay(Duration::from_secs(2));
    world
        .push
        .answer(&ConnectionId::new("b"), [PostOutcome::Gone]);
    world.publish(&alert("1"));
    assert!(worker.run().is_none());
    world.clock.advance(Duration::from_secs(2));

    assert!(worker.run().is_some());
    assert_eq!(world.event_ids("a"), ["1"]);
    assert!(world.stored("a").is_some() && world.member("a").is_some());
    assert!(world.stored("b").is_none() && world.member("b").is_none());
}

#[test]
fn workers_that_share_the_connections_serve_each_once_and_fall_alone() {
    let world = World::new(Policy::default());
    world.key("key", "user");
    let worker = |index, owner: &str| {
        let slot = Slot { index, count: 2 };
        world.worker_on(slot, owner, Duration::from_secs(900))
    };
    let mut workers = [worker(0, "a"), worker(1, "b")];
    workers
        .iter_mut()
        .for_each(|worker| assert!(worker.run().is_none()));
    let ids: Vec<_> = (0..20).map(|n| format!("connection-{n}")).collect();
    for id in &ids {
        world.connect(id, Some("key"));
        world.say(id, &json!({"type": "subscribe", "channels": ["alerts"]}));
    }
    let served = |count: usize| {
        ids.iter()
            .filter(|id| world.event_ids(id).len() == count)
            .count()
    };

    world.publish(&alert("1"));
    workers[0].run();
    let of_the_first = served(1);
    assert!((1..20).contains(&of_the_first), "{of_the_first}");
    workers[1].run();
    assert_eq!(served(1), 20);

    // One is gone: those of the other notice nothing, and its own get what they missed.
    world.clock.advance(Duration::from_secs(1));
    workers
        .iter_mut()
        .for_each(|worker| assert!(worker.run().is_none()));
    let [gone, mut other] = workers;
    drop(gone);
    world.publish(&alert("2"));
    other.run();
    assert_eq!(served(2), 20 - of_the_first);
    for _ in 0..11 {
        world.clock.advance(Duration::from_secs(1));
        assert!(other.run().is_none());
    }
    let mut next = worker(0, "c");
    assert!(next.run().is_none());
    assert_eq!(served(2), 20);
}
