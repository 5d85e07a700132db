//! Events of one user: nobody else ever sees one.

use llama_ws_tests::{Client, Stage, assert_like, post};
use serde_json::{Value, json};

/// Every spelling of the channel of alerts.
const SPELLINGS: [&str; 2] = ["alerts", "events:alerts"];

async fn stage_of_alice_and_bob() -> Stage {
    let stage = Stage::roomy().await;
    for user in ["alice", "bob"] {
        stage
            .key(user, user, &["websocket:connect", "websocket:subscribe"])
            .await;
    }
    stage
}

/// Two connections of a user, one for each spelling.
async fn listeners(stage: &Stage, user: &str) -> Vec<(&'static str, Client)> {
    let mut clients = Vec::new();
    for spelling in SPELLINGS {
        let mut client = stage.client_with_key(user).await;
        client.join(&[spelling, "general", "prices"]).await;
        clients.push((spelling, client));
    }
    clients
}

async fn next_is(clients: &mut [(&'static str, Client)], id: &str) {
    for (_, client) in clients {
        let frame = client.next().await;
        assert_eq!(frame["eventId"], id, "{frame}");
    }
}

/// Ways to say whose an event is.
fn of_alice() -> Vec<Value> {
    vec![
        json!({"userId": "alice", "data": {}}),
        json!({"metadata": {"userId": "alice"}, "data": {}}),
        json!({"data": {"userId": "alice"}}),
        json!({"userId": "alice", "data": {"userId": "alice"}}),
        json!({"userId": null, "metadata": {"userId": "alice"}, "data": {"userId": null}}),
        json!({"userId": "alice", "metadata": {"userId": "alice"}, "data": {"userId": "alice"}}),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_with_a_user_reaches_every_connection_of_that_user_and_no_other() {
    let stage = stage_of_alice_and_bob().await;
    let mut alices = listeners(&stage, "alice").await;
    let mut others = listeners(&stage, "bob").await;
    others.extend(listeners(&stage, "demo-key").await);

    for (n, event) in of_alice().into_iter().enumerate() {
        for kind in ["alert", "price_update", "x"] {
            let mut private = event.clone();
            private["type"] = json!(kind);
            private["eventId"] = json!(format!("private-{kind}-{n}"));
            let public = json!({"eventId": format!("public-{kind}-{n}"), "type": kind, "data": {}});
            stage.publish(&json!([private, public])).await;

            next_is(&mut alices, &format!("private-{kind}-{n}")).await;
            next_is(&mut alices, &format!("public-{kind}-{n}")).await;
            next_is(&mut others, &format!("public-{kind}-{n}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_frame_is_like_any_other() {
    let stage = stage_of_alice_and_bob().await;
    let mut alices = listeners(&stage, "alice").await;
    stage
        .publish(&json!({"type": "alert", "userId": "alice", "data": {"alertId": "1"}}))
        .await;
    for (spelling, client) in &mut alices {
        let expected = json!({
            "type": "alert", "channel": spelling, "data": {"alertId": "1"}, "timestamp": "$now",
            "eventId": "$eventId", "offset": "$offset", "prev": "$prev",
            "metadata": {"sentAt": "$now", "priority": "high"},
        });
        assert_like(&client.next().await, &expected);
    }
}

/// Texts, so that keys may repeat and hold what is no Unicode.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_unclear_about_its_user_is_refused() {
    let table = [
        r#"{"type":"alert","userId":"alice","data":{"userId":"bob"}}"#,
        r#"{"type":"alert","userId":"alice","metadata":{"userId":"bob"},"data":{}}"#,
        r#"{"type":"alert","metadata":{"userId":"alice"},"data":{"userId":"bob"}}"#,
        r#"{"type":"alert","userId":"alice","data":{"userId":"Alice"}}"#,
        r#"{"type":"alert","data":{"userId":"alice","userId":"bob"}}"#,
        r#"{"type":"alert","data":{"user\u0049d":"alice","userId":"bob"}}"#,
        r#"{"type":"alert","userId":"alice","userId":"alice","data":{}}"#,
        r#"{"type":"alert","userId":7,"data":{}}"#,
        r#"{"type":"alert","userId":["alice"],"data":{}}"#,
        r#"{"type":"alert","data":{"userId":{"id":"alice"}}}"#,
        r#"{"type":"alert","data":{"userId":"\ud800"}}"#,
        r#"{"type":"alert","data":{"userId":""}}"#,
    ];
    let stage = stage_of_alice_and_bob().await;
    let mut everybody = listeners(&stage, "alice").await;
    everybody.extend(listeners(&stage, "bob").await);
    for event in table {
        let report = stage.publish_text(event).await.json();
        assert_eq!(report["rejected"][0]["code"], "INVALID_MESSAGE", "{event}");
        assert_eq!(report["accepted"], 0);
    }
    stage
        .publish(&json!({"eventId": "end", "type": "alert", "data": {}}))
        .await;
    next_is(&mut everybody, "end").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_spelling_of_the_key_makes_a_private_event_public() {
    let table = [
        r#"{"type":"alert","data":{"\ud800":1,"userId":"alice"}}"#,
        r#"{"type":"alert","data":{"\u0075serId":"alice"}}"#,
        r#"{"type":"alert","metadata":{"\udfff":1,"\u0075serId":"alice"},"data":{}}"#,
        r#"{"type":"alert","\u0075serId":"alice","data":{}}"#,
        r#"{"type":"alert","data":{"userId":"alice","userId":"alice"}}"#,
        r#"{"type":"alert","data":{"deep":[[[{"userId":"bob"}]]],"userId":"\u0061lice"}}"#,
    ];
    let stage = stage_of_alice_and_bob().await;
    let mut alices = listeners(&stage, "alice").await;
    let mut bobs = listeners(&stage, "bob").await;
    for event in table {
        let report = stage.publish_text(event).await.json();
        assert_eq!(report["accepted"], 1, "{event}");
        for (_, client) in &mut alices {
            let frame = client.next_text().await;
            assert!(frame.starts_with(r#"{"type":"alert","#), "{frame}");
        }
    }
    stage
        .publish(&json!({"eventId": "end", "type": "alert", "data": {}}))
        .await;
    next_is(&mut alices, "end").await;
    next_is(&mut bobs, "end").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_still_decide_about_a_private_event() {
    let stage = stage_of_alice_and_bob().await;
    let mut client = stage.client_with_key("alice").await;
    client
        .join_filtered(&["alerts"], &json!({"minValue": 10}))
        .await;
    let private = |id: &str, value: u64| json!({"eventId": id, "type": "alert", "userId": "alice", "data": {"value": value}});

    stage
        .publish(&json!([private("9", 9), private("10", 10)]))
        .await;
    assert_eq!(client.next().await["eventId"], "10");
}

/// A broadcast that names a user goes to that user, whether it is for a channel or for all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_to_one_user_reaches_no_other() {
    let stage = stage_of_alice_and_bob().await;
    let mut alices = listeners(&stage, "alice").await;
    let mut bobs = listeners(&stage, "bob").await;
    for (id, target) in [
        ("to-all", json!({"all": true})),
        ("to-alerts", json!({"channel": "alerts"})),
    ] {
        let mut body = target;
        body["message"] = json!({"eventId": id, "type": "notice", "userId": "alice", "data": {}});
        let key = [("x-api-key", "demo-key")];
        let answer = post(stage.addr(), "/broadcast", &key, &body.to_string()).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
    stage.announce("end").await;
    for id in ["to-all", "to-alerts", "end"] {
        next_is(&mut alices, id).await;
    }
    next_is(&mut bobs, "end").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_gets_private_events_only_once_it_is_its_users() {
    let stage = stage_of_alice_and_bob().await;
    // A worker that only starts would match what waits against who is there by then.
    let mut bobs = listeners(&stage, "bob").await;
    stage.announce("worker-works").await;
    next_is(&mut bobs, "worker-works").await;
    let mut client = stage.stranger().await;
    let alert = |id: &str| json!({"eventId": id, "type": "alert", "userId": "alice", "data": {}});
    stage.publish(&alert("before")).await;

    let authenticate = json!({"type": "authenticate", "apiKey": "alice"});
    assert_eq!(client.ask(&authenticate).await["userId"], "alice");
    client.join(&["alerts"]).await;
    stage.publish(&alert("after")).await;
    assert_eq!(client.next().await["eventId"], "after");
}
