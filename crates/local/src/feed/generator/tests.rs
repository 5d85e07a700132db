//! The stream is the same for the same seed, valid throughout, and as varied as promised.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use llama_ws_core::{Arrival, EventId, Target};
use serde_json::Value;

use super::*;

const START: UnixMillis = UnixMillis(1_764_000_000_000);

fn texts(seed: u64, start: UnixMillis, count: usize) -> Vec<String> {
    let mut generator = Generator::new(seed, start);
    (0..count)
        .map(|_| generator.next_event(start).to_json().unwrap())
        .collect()
}

fn events(count: usize) -> Vec<Value> {
    texts(1, START, count)
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

#[test]
fn same_seed_gives_the_same_stream() {
    assert_eq!(texts(42, START, 2_000), texts(42, START, 2_000));
    assert_ne!(texts(42, START, 20), texts(43, START, 20));
}

#[test]
fn another_start_changes_the_ids_and_nothing_else_but_the_time() {
    let data = |start| {
        let mut generator = Generator::new(1, start);
        (0..500)
            .map(|_| generator.next_event(start).data)
            .map(|data| serde_json::to_string(&data).unwrap())
            .collect::<Vec<_>>()
    };
    let later = START.plus(Duration::from_millis(1));

    assert_eq!(data(START), data(later));

    let first: HashSet<Value> = events(500)
        .into_iter()
        .map(|event| event["eventId"].clone())
        .collect();
    let second: HashSet<Value> = texts(1, later, 500)
        .iter()
        .map(|text| serde_json::from_str::<Value>(text).unwrap()["eventId"].clone())
        .collect();
    assert!(first.is_disjoint(&second));
}

#[test]
fn every_event_is_taken_by_the_service() {
    for text in texts(3, START, 5_000) {
        let arrival = Arrival {
            now: START,
            fallback_id: EventId::new("none"),
            target: Target::default(),
        };
        if let Err(fault) = llama_ws_core::Event::parse(&text, arrival) {
            panic!("{fault:?}: {text}");
        }
    }
}

#[test]
fn ids_are_unique_and_look_like_uuids() {
    let ids: HashSet<String> = events(5_000)
        .iter()
        .map(|event| event["eventId"].as_str().unwrap().to_owned())
        .collect();

    assert_eq!(ids.len(), 5_000);
    assert!(
        ids.iter()
            .all(|id| id.len() == 36 && id.as_bytes()[14] == b'4')
    );
}

#[test]
fn prices_are_most_of_it_and_every_type_comes() {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for event in events(5_000) {
        *counts
            .entry(event["eventType"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }

    assert!(
        (3_600..4_200).contains(&counts["price_update"]),
        "{counts:?}"
    );
    assert!((700..1_000).contains(&counts["tvl_change"]), "{counts:?}");
    for kind in [
        "protocol_update",
        "alert",
        "liquidation",
        "governance",
        "emission",
    ] {
        assert!((5..200).contains(&counts[kind]), "{kind}: {counts:?}");
    }
}

#[test]
fn prices_continue_where_they_were_and_say_how_they_moved() {
    let mut last: HashMap<String, f64> = HashMap::new();
    for event in events(5_000)
        .iter()
        .filter(|event| event["eventType"] == "price_update")
    {
        let data = &event["data"];
        let number = |name: &str| data[name].as_f64().unwrap();
        let (previous, current) = (number("previousPrice"), number("currentPrice"));
        if let Some(last) = last.insert(data["tokenId"].as_str().unwrap().to_owned(), current) {
            assert_eq!(previous, last, "{event}");
        }

        let percent = (current - previous) / previous * 100.0;
        assert!((percent - number("changePercent")).abs() < 0.001, "{event}");
        let tags = event["metadata"]["tags"].as_array().unwrap();
        assert_eq!(
            tags.contains(&Value::from("large-change")),
            number("changePercent").abs() > 10.0,
            "{event}"
        );
        assert!(tags.contains(&data["chain"]), "{event}");
    }
}

#[test]
fn large_moves_are_followed_by_an_alert() {
    let events = events(5_000);
    let large = |event: &&[Value]| {
        event[0]["eventType"] == "price_update"
            && event[0]["data"]["changePercent"].as_f64().unwrap().abs() > 10.0
    };
    let moves: Vec<&[Value]> = events.windows(2).filter(large).collect();

    assert!(moves.len() > 5);
    for pair in moves {
        assert_eq!(pair[1]["eventType"], "alert", "{pair:?}");
        assert_eq!(
            pair[1]["data"]["tokenId"], pair[0]["data"]["tokenId"],
            "{pair:?}"
        );
    }
}

#[test]
fn totals_are_the_sum_of_their_chains() {
    let mut totals = 0;
    for event in events(3_000)
        .iter()
        .filter(|event| event["data"]["breakdown"].is_object())
    {
        totals += 1;
        let chains = event["data"]["breakdown"].as_object().unwrap();
        let sum: f64 = chains.values().map(|value| value.as_f64().unwrap()).sum();
        let total = event["data"]["currentTvl"].as_f64().unwrap();
        assert!((sum - total).abs() < 1.0, "{event}");
        assert!(event["data"]["chain"].is_null(), "{event}");
    }
    assert!(totals > 50);
}

#[test]
fn chains_share_all_of_a_protocol() {
    for protocol in PROTOCOLS {
        let sum: f64 = chains(protocol)
            .iter()
            .map(|chain| chain.walk.value())
            .sum();
        assert!((sum - protocol.tvl).abs() < 10.0, "{}: {sum}", protocol.id);
    }
}
