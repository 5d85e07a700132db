//! What docs/publishing.md prints is so. Its Rust is compiled as a doctest.

use llama_ws_core::{Arrival, Event, EventId, Target, UnixMillis};
use llama_ws_test_servers::redis::{Redis, Setup, Subscriber};
use serde_json::Value;

use crate::programs::{blocks, node, python};

fn parse(json: &str) -> Event {
    let arrival = Arrival {
        now: UnixMillis(0),
        fallback_id: EventId::new("none"),
        target: Target::default(),
    };
    Event::parse(json, arrival).unwrap_or_else(|fault| panic!("{fault}: {json}"))
}

/// The two prices that the page's programs publish.
async fn hears_both_prices(subscriber: &mut Subscriber) {
    let mut ids = Vec::new();
    for token in ["ethereum", "bitcoin"] {
        let (channel, json) = subscriber.next().await;
        assert_eq!(channel, "events:prices");
        let event = parse(&json);
        assert_eq!(event.event_type, "price_update");
        assert_eq!(event.facets().token.as_deref(), Some(token));
        assert!(event.timestamp > UnixMillis(1_700_000_000_000), "{json}");
        ids.push(event.id);
    }
    assert_ne!(ids[0], ids[1]);
    assert_ne!(ids[0].as_str(), "none");
}

fn only_block(language: &str) -> String {
    let blocks = blocks(language);
    assert_eq!(blocks.len(), 1, "{language}");
    blocks.concat()
}

#[tokio::test]
async fn the_node_program_publishes_and_knows_what_nobody_heard() {
    let server = Redis::start(Setup::Redis);
    let program = only_block("javascript");
    assert_eq!(node(&program, server.url()).await, "unheard: 2\n");

    let mut subscriber = server.subscriber().await;
    assert_eq!(node(&program, server.url()).await, "unheard: 0\n");
    hears_both_prices(&mut subscriber).await;
}

#[tokio::test]
async fn the_python_program_publishes_and_knows_what_nobody_heard() {
    let server = Redis::start(Setup::Redis);
    let program = only_block("python");
    assert_eq!(python(&program, server.url()).await, "unheard: 2\n");

    let mut subscriber = server.subscriber().await;
    assert_eq!(python(&program, server.url()).await, "unheard: 0\n");
    hears_both_prices(&mut subscriber).await;
}

#[test]
fn the_events_on_the_page_are_events() {
    let mut events = 0;
    for block in blocks("json") {
        let json: Value = serde_json::from_str(&block).unwrap();
        let batch = match &json {
            reply if reply.get("accepted").is_some() => continue,
            batch if batch.get("events").is_some() => batch["events"].as_array().unwrap().clone(),
            wrapped if wrapped.get("event").is_some() => vec![wrapped["event"].clone()],
            bare => vec![bare.clone()],
        };
        for event in batch {
            parse(&event.to_string());
            events += 1;
        }
    }
    assert_eq!(events, 4);
}
