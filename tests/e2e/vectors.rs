//! The service's golden vectors, each played over a real socket on a service of its own.

mod player;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use llama_ws_functions::SystemClock;
use llama_ws_tests::Stage;
use llama_ws_wire::ErrorCode;
use serde_json::Value;

use player::{Player, options, set_up};

/// Vectors that play at the same time.
const AT_A_TIME: usize = 32;

const FILES: [&str; 8] = [
    "replies.json",
    "errors.json",
    "events.json",
    "filters.json",
    "private.json",
    "http.json",
    "options.json",
    "replays.json",
];

fn read(file: &str) -> Value {
    let path = format!("{}/vectors/service/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows(file: &str) -> Vec<Value> {
    match read(file) {
        Value::Array(rows) => rows,
        _ => panic!("{file} is no list"),
    }
}

async fn play(file: &str) {
    let keys = read("keys.json");
    for rows in rows(file).chunks(AT_A_TIME) {
        join_all(rows.iter().map(|row| Player::play(file, row, &keys))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_answered_as_the_vectors_say() {
    play("replies.json").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replays_are_as_the_vectors_say() {
    play("replays.json").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_as_the_vectors_say() {
    play("errors.json").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_arrive_as_the_vectors_say() {
    play("events.json").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_keep_what_the_vectors_say() {
    play("filters.json").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_events_go_where_the_vectors_say() {
    play("private.json").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_answers_as_the_vectors_say() {
    play("http.json").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_opened_as_the_vectors_say() {
    let keys = read("keys.json");
    for row in rows("connects.json") {
        let stage = Stage::with(SystemClock, options(&row["given"])).await;
        set_up(&stage, &keys, &row["given"]).await;
        let path = format!("/?{}", row["query"].as_str().unwrap_or_default());
        let headers = row["headers"].as_object().into_iter().flatten();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let (status, subprotocol) = match stage.connect(&path, &headers).await {
            Err(refused) => (refused.status, None),
            Ok(client) => {
                let headers = client.handshake.headers();
                (101, headers.get("sec-websocket-protocol").cloned())
            }
        };
        assert_eq!(status, row["status"], "{}", row["name"]);
        let subprotocol = subprotocol.map(|name| name.to_str().unwrap().to_owned());
        assert_eq!(subprotocol.as_deref(), row["subprotocol"].as_str());
    }
}

#[test]
fn every_vector_has_a_name_of_its_own() {
    for file in FILES.into_iter().chain(["connects.json"]) {
        let mut names = BTreeSet::new();
        for row in rows(file) {
            let name = row["name"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{file}: {name}");
        }
    }
}

fn steps() -> impl Iterator<Item = Value> {
    let rows = FILES.into_iter().flat_map(rows);
    rows.flat_map(|row| row["steps"].as_array().unwrap().clone())
}

/// Every text under `key`, however deep.
fn texts_under(value: &Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts_under(item, key, found)),
        Value::Object(members) => {
            for (name, member) in members {
                if name == key
                    && let Some(text) = member.as_str()
                {
                    found.insert(text.to_owned());
                }
                texts_under(member, key, found);
            }
        }
        _ => {}
    }
}

fn named<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn the_vectors_cover_every_verb_in_both_dialects() {
    let mut sent = [BTreeSet::new(), BTreeSet::new()];
    for step in steps() {
        for (dialect, verbs) in ["type", "action"].into_iter().zip(&mut sent) {
            if let Some(verb) = step["send"][dialect].as_str() {
                verbs.insert(verb.to_owned());
            }
        }
    }
    let first_names = [
        "authenticate",
        "ping",
        "subscribe",
        "unsubscribe",
        "subscriptions",
        "filters",
        "stats",
        "resume",
    ];
    for name in first_names {
        assert!(sent.iter().any(|verbs| verbs.contains(name)), "{name}");
    }
    let either = ["get_subscriptions", "update_filters", "subscription_stats"];
    for name in either {
        assert!(sent.iter().any(|verbs| verbs.contains(name)), "{name}");
    }
    for name in ["authenticate", "ping", "subscribe", "unsubscribe"] {
        assert!(sent.iter().all(|verbs| verbs.contains(name)), "{name}");
    }
}

#[test]
fn the_vectors_cover_every_code_but_our_own_fault() {
    let mut covered = BTreeSet::new();
    for step in steps() {
        for answer in ["reply", "answer"] {
            texts_under(&step[answer], "code", &mut covered);
        }
    }
    let expected: BTreeSet<String> = ErrorCode::ALL
        .into_iter()
        .filter(|code| *code != ErrorCode::Internal)
        .map(|code| code.to_string())
        .collect();
    assert_eq!(covered, expected);
}

#[test]
fn the_vectors_cover_every_row_of_where_events_go_and_every_channel() {
    let mut types = BTreeSet::new();
    let mut channels = BTreeSet::new();
    for step in steps() {
        texts_under(&step["frame"], "type", &mut types);
        texts_under(&step["frame"], "channel", &mut channels);
        for listed in step["frame"]["channels"].as_array().into_iter().flatten() {
            channels.insert(listed.as_str().unwrap().to_owned());
        }
    }
    let of_the_table = named([
        "price_update",
        "tvl_change",
        "tvl_update",
        "protocol_update",
        "alert",
        "liquidation",
        "governance",
        "emission",
        "volume",
    ]);
    assert!(types.is_superset(&of_the_table), "{types:?}");
    let of_the_table = named([
        "prices",
        "token:t",
        "chain:c",
        "chain:c:prices",
        "tvl",
        "protocol:p",
        "chain:c:tvl",
        "p:c",
        "protocols",
        "alerts",
        "liquidations",
        "governance",
        "emissions",
        "general",
    ]);
    assert!(channels.is_superset(&of_the_table), "{channels:?}");
}
