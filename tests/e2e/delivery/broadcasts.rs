//! Broadcasts: to everybody, or to a channel without regard to filters.

use llama_ws_tests::{Stage, assert_like, post, roomy};
use serde_json::{Value, json};

use super::steady;
use crate::follower::Follower;

async fn broadcast(stage: &Stage, body: &Value) -> Value {
    let key = [("x-api-key", "demo-key")];
    let answer = post(stage.addr(), "/broadcast", &key, &body.to_string()).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    answer.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_is_authenticated_gets_a_broadcast_to_all() {
    let stage = steady(roomy()).await;
    let mut idle = stage.client().await;
    let mut filtered = stage.client().await;
    filtered
        .join_filtered(&["prices"], &json!({"eventTypes": ["nothing"]}))
        .await;
    let mut stranger = stage.stranger().await;

    let message = json!({
        "type": "system_announcement", "timestamp": 7,
        "data": {"message": "System maintenance in 10 minutes"},
    });
    let answer = broadcast(&stage, &json!({"all": true, "message": message})).await;
    assert_like(&answer, &json!({"accepted": true, "eventId": "$eventId"}));
    for client in [&mut idle, &mut filtered] {
        let expected = json!({
            "type": "system_announcement", "channel": "all", "data": message["data"],
            "timestamp": 7, "eventId": answer["eventId"], "offset": "$offset", "prev": "$offset",
            "metadata": {"sentAt": "$now", "priority": "normal"},
        });
        assert_like(&client.next().await, &expected);
    }

    let authenticate = json!({"type": "authenticate", "apiKey": "demo-key"});
    let reply = stranger.ask(&authenticate).await;
    assert_eq!(reply["type"], "authenticated", "nothing came before");
    stage.announce("second").await;
    assert_eq!(stranger.next().await["eventId"], "second");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_to_a_channel_passes_its_filters_and_nobody_elses_channel() {
    let stage = steady(roomy()).await;
    let mut filtered = stage.client().await;
    filtered
        .join_filtered(
            &["events:token:0xAB"],
            &json!({"minValue": 10, "eventTypes": ["nothing"]}),
        )
        .await;
    let mut elsewhere = stage.client().await;
    elsewhere.join(&["prices", "token:0xAC"]).await;

    let message = json!({
        "eventId": "b", "type": "price_update",
        "data": {"tokenId": "0xAC", "price": 1, "chain": "c"},
    });
    broadcast(
        &stage,
        &json!({"channel": "token:0xab", "message": message}),
    )
    .await;
    stage.announce("end").await;
    let frame = filtered.next().await;
    assert_eq!(frame["eventId"], "b");
    assert_eq!(frame["channel"], "events:token:0xAB");
    assert_eq!(frame.get("channels"), None);
    for client in [&mut filtered, &mut elsewhere] {
        assert_eq!(client.next().await["eventId"], "end");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broadcasts_take_their_place_among_events() {
    let stage = steady(roomy()).await;
    let mut client = stage.client().await;
    let mut follower = Follower::new(&client.join(&["prices"]).await);
    for n in 0..20 {
        let event = json!({"eventId": format!("e{n}"), "type": "price_update", "data": {}});
        stage.publish(&event).await;
        stage.announce(&format!("b{n}")).await;
    }
    for frame in client.take(40).await {
        follower.take(&frame);
    }
    let expected: Vec<String> = (0..20)
        .flat_map(|n| [format!("e{n}"), format!("b{n}")])
        .collect();
    assert_eq!(follower.delivered, expected);
    assert_eq!(follower.gaps, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_repeated_by_id_is_sent_once() {
    let stage = steady(roomy()).await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;
    let message = json!({"eventId": "once", "type": "notice", "data": {}});
    let body = json!({"all": true, "message": message});

    let first = broadcast(&stage, &body).await;
    assert_eq!(first, json!({"accepted": true, "eventId": "once"}));
    let second = broadcast(&stage, &body).await;
    assert_eq!(second, json!({"accepted": false, "eventId": "once"}));
    let as_event = json!({"eventId": "once", "type": "alert", "data": {}}).to_string();
    assert_eq!(stage.publish_text(&as_event).await.json()["duplicates"], 1);
    stage.announce("end").await;
    assert_eq!(client.next().await["eventId"], "once");
    assert_eq!(client.next().await["eventId"], "end");
}
