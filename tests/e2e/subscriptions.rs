//! Joining, changing and leaving: what a connection asked for last is what it gets.

mod channels;
mod limits;
mod races;

use std::time::Duration;

use llama_ws_tests::{Client, Stage, assert_like, roomy};
use serde_json::{Value, json};

fn price(id: &str, token: &str, value: u64) -> Value {
    json!({
        "eventId": id, "type": "price_update",
        "data": {"tokenId": token, "chain": "base", "currentPrice": value},
    })
}

fn tvl(id: &str, protocol: &str) -> Value {
    json!({
        "eventId": id, "type": "tvl_change",
        "data": {"protocolId": protocol, "chain": "base", "currentTvl": 1},
    })
}

fn alert(id: &str) -> Value {
    json!({"eventId": id, "type": "alert", "data": {}})
}

async fn shown(client: &mut Client) -> Value {
    client.ask(&json!({"type": "subscriptions"})).await["subscription"].take()
}

/// Publishes, and requires exactly the events named to arrive, in order. The last one must be
/// among them: it shows that nothing else was on its way.
async fn expect_only(stage: &Stage, client: &mut Client, events: Value, expected: &[&str]) {
    stage.publish(&events).await;
    for id in expected {
        assert_eq!(client.next().await["eventId"], *id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_filters_decide_about_the_next_event() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client
        .join_filtered(&["prices"], &json!({"tokenIds": ["a"]}))
        .await;
    let events = |turn: &str| {
        let id = |name: &str| format!("{turn}-{name}");
        json!([
            price(&id("a"), "a", 1),
            price(&id("b"), "b", 1),
            price(&id("ab"), "ab", 1)
        ])
    };
    client.join(&["token:ab"]).await;

    expect_only(&stage, &mut client, events("1"), &["1-a", "1-ab"]).await;
    let replaced =
        json!({"type": "filters", "filters": {"tokenIds": ["b"]}, "channels": ["prices"]});
    assert_eq!(client.ask(&replaced).await["type"], "filters_updated");
    expect_only(&stage, &mut client, events("2"), &["2-b", "2-ab"]).await;
    let cleared = json!({"action": "filters", "filters": {}});
    assert_eq!(client.ask(&cleared).await["type"], "filters_updated");
    expect_only(&stage, &mut client, events("3"), &["3-a", "3-b", "3-ab"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_channel_has_the_filters_it_was_asked_for_with() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client
        .join_filtered(&["prices"], &json!({"minValue": 10}))
        .await;
    client
        .join_filtered(&["token:a"], &json!({"maxValue": 5}))
        .await;
    client.join(&["alerts"]).await;

    let events = json!([
        price("4", "a", 4),
        price("7", "a", 7),
        price("12", "a", 12),
        alert("end")
    ]);
    expect_only(&stage, &mut client, events, &["4", "12", "end"]).await;
}

/// The filter of any matching channel lets an event pass; `channels` lists those that did.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_lists_the_channels_whose_filters_let_it_pass() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client
        .join_filtered(&["prices", "chain:base"], &json!({"minValue": 10}))
        .await;
    client.join(&["chain:base:prices", "token:a"]).await;

    stage
        .publish(&json!([price("low", "a", 1), price("high", "b", 10)]))
        .await;
    let low = client.next().await;
    assert_eq!(low["channel"], "token:a");
    assert_eq!(low["channels"], json!(["token:a", "chain:base:prices"]));
    let high = client.next().await;
    assert_eq!(
        high["channels"],
        json!(["prices", "chain:base", "chain:base:prices"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribing_again_replaces_the_filters_even_by_none() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client
        .join_filtered(&["prices", "tvl"], &json!({"minValue": 10}))
        .await;
    client
        .join_filtered(&["prices"], &json!({"minValue": 5}))
        .await;
    expect_only(
        &stage,
        &mut client,
        json!([price("4", "a", 4), price("5", "a", 5)]),
        &["5"],
    )
    .await;
    client.join(&["events:prices"]).await;
    expect_only(
        &stage,
        &mut client,
        json!([tvl("tvl", "p"), price("1", "a", 1)]),
        &["1"],
    )
    .await;
    let subscription = shown(&mut client).await;
    assert_eq!(subscription["channels"], json!(["events:prices", "tvl"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_some_leaves_the_others_and_leaving_all_leaves_nothing() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["prices", "tvl", "alerts"]).await;

    let request = json!({"type": "unsubscribe", "channels": ["events:tvl_changes", "governance"]});
    let reply = client.ask(&request).await;
    assert_eq!(
        reply["results"],
        json!([
            {"channel": "events:tvl_changes", "status": "unsubscribed"},
            {"channel": "governance", "status": "unsubscribed"},
        ])
    );
    let events = json!([tvl("t", "p"), price("p", "a", 1), alert("a")]);
    expect_only(&stage, &mut client, events, &["p", "a"]).await;

    let reply = client.ask(&json!({"type": "unsubscribe"})).await;
    assert_eq!(reply["results"].as_array().unwrap().len(), 2);
    assert_eq!(shown(&mut client).await, Value::Null);
    stage
        .publish(&json!([price("p2", "a", 1), alert("a2")]))
        .await;
    client.join(&["governance"]).await;
    let end = json!({"eventId": "end", "type": "governance", "data": {}});
    expect_only(&stage, &mut client, end, &["end"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_what_was_never_joined_succeeds() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;

    for request in [
        json!({"type": "unsubscribe"}),
        json!({"type": "unsubscribe", "channels": ["prices"]}),
        json!({"action": "unsubscribe"}),
        json!({"action": "unsubscribe", "channels": ["prices"]}),
    ] {
        let reply = client.ask(&request).await;
        assert!(
            reply["type"]
                .as_str()
                .unwrap()
                .starts_with("unsubscription_"),
            "{reply}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_use_the_spelling_of_the_latest_request() {
    let event = json!({
        "type": "price_update", "data": {"tokenId": "Base:0xAbC", "chain": "BASE"},
    });
    let table = [
        "prices",
        "events:prices",
        "token:base:0xabc",
        "events:token:BASE:0xABC",
        "chain:Base:prices",
        "events:chain:bAsE:prices",
        "chain:base",
    ];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    for spelling in table {
        client.join(&[spelling]).await;
        stage.publish(&event).await;
        let frame = client.next().await;
        assert_eq!(frame["channel"], spelling);
        assert_eq!(frame.get("channels"), None);
        client.ask(&json!({"type": "unsubscribe"})).await;
    }
    client.join(&["prices"]).await;
    client.join(&["events:prices"]).await;
    stage.publish(&event).await;
    assert_eq!(client.next().await["channel"], "events:prices");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tvl_changes_is_tvl_by_another_name() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["tvl_changes"]).await;

    stage.publish(&tvl("1", "p")).await;
    assert_eq!(client.next().await["channel"], "tvl_changes");
    client.join(&["events:tvl"]).await;
    stage.publish(&tvl("2", "p")).await;
    assert_eq!(client.next().await["channel"], "events:tvl");
    assert_eq!(shown(&mut client).await["channels"], json!(["events:tvl"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_named_twice_is_one_channel_with_the_last_spelling() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client
        .join(&["prices", "events:prices", "prices", "events:prices"])
        .await;

    stage
        .publish(&json!([price("1", "a", 1), price("2", "a", 1)]))
        .await;
    for id in ["1", "2"] {
        let frame = client.next().await;
        assert_eq!(frame["eventId"], id);
        assert_eq!(frame["channel"], "events:prices");
        assert_eq!(frame.get("channels"), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_connection_starts_with_nothing_under_a_new_id() {
    let stage = Stage::roomy().await;
    let mut before = stage.client().await;
    let old_id = before.id().await;
    before.join(&["prices"]).await;
    before.close().await;

    let mut after = stage.client().await;
    assert_ne!(after.id().await, old_id);
    assert_eq!(shown(&mut after).await, Value::Null);
    stage.publish(&price("1", "a", 1)).await;
    after.join(&["alerts"]).await;
    expect_only(
        &stage,
        &mut after,
        json!([price("2", "a", 1), alert("end")]),
        &["end"],
    )
    .await;
}

/// `subscribedAt` is when the first of the channels was joined, until all are left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribed_at_stays_until_everything_is_left() {
    let (stage, clock) = Stage::frozen(roomy()).await;
    let mut client = stage.client().await;
    let start = stage.now().0;
    client.join(&["prices"]).await;
    clock.advance(Duration::from_millis(500));
    client.join(&["tvl"]).await;
    assert_eq!(shown(&mut client).await["subscribedAt"], start);

    client.ask(&json!({"type": "unsubscribe"})).await;
    client.join(&["tvl"]).await;
    assert_like(
        &shown(&mut client).await,
        &json!({"channels": ["tvl"], "filters": {}, "subscribedAt": start + 500, "byChannel": {}}),
    );
}
