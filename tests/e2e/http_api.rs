//! The HTTP routes: the same requests and replies as on the socket, by somebody beside it.

use llama_ws_core::ports::Ports;
use llama_ws_tests::{
    Answer, Client, Facts, Stage, assert_like, difference, eventually, get, post,
};
use serde_json::{Value, json};

const DEMO: (&str, &str) = ("x-api-key", "demo-key");

async fn post_json(stage: &Stage, path: &str, key: (&str, &str), body: &Value) -> Answer {
    post(stage.addr(), path, &[key], &body.to_string()).await
}

fn assert_error(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["type"], "error");
    assert_eq!(body["code"], code, "{body}");
}

/// A stage where `alice` has a connection, and its id. `reader` is a key of hers that may only
/// subscribe to prices; `bob` is somebody else.
async fn stage_of_alice() -> (Stage, Client, String) {
    alice_on(Stage::roomy().await).await
}

async fn alice_on(stage: Stage) -> (Stage, Client, String) {
    stage
        .key(
            "alice",
            "alice",
            &["websocket:connect", "websocket:subscribe"],
        )
        .await;
    stage
        .key("reader", "alice", &["websocket:subscribe:prices"])
        .await;
    stage.key("bob", "bob", &["*"]).await;
    let mut client = stage.client_with_key("alice").await;
    let id = client.id().await;
    (stage, client, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_route_answers_as_the_action_dialect_does() {
    let (stage, mut client, id) = stage_of_alice().await;
    let filters = json!({"chains": ["Base"], "minValue": 1.5});
    let table = [
        ("subscribe", json!({"channels": ["prices", "bad channel"]})),
        (
            "subscribe",
            json!({"channels": ["events:prices"], "filters": filters}),
        ),
        ("subscribe", json!({"channel": "tvl"})),
        (
            "filters",
            json!({"filters": filters, "channels": ["alerts"]}),
        ),
        ("filters", json!({"filters": filters, "channels": ["tvl"]})),
        ("filters", json!({"filters": {}})),
        ("unsubscribe", json!({"channels": ["tvl", "alerts"]})),
        ("unsubscribe", json!({"channels": ["bad channel"]})),
        ("unsubscribe", json!({})),
        ("filters", json!({"filters": {}})),
        (
            "subscribe",
            json!({"channels": ["prices"], "options": {"batch": true}}),
        ),
    ];
    for (verb, fields) in table {
        let mut body = fields.clone();
        body["connectionId"] = json!(id);
        let answer = post_json(&stage, &format!("/{verb}"), ("x-api-key", "alice"), &body).await;
        let over_http = answer.json();

        let mut request = fields;
        request["action"] = json!(verb);
        let mut on_socket = client.ask(&request).await;
        let status = match on_socket["code"].as_str() {
            None => 200,
            Some("NOT_SUBSCRIBED") => 404,
            Some(_) => 400,
        };
        assert_eq!(answer.status, status, "{verb}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/json");
        for moment in ["timestamp", "offset"] {
            if over_http.get(moment).is_some() {
                on_socket[moment] = over_http[moment].clone();
            }
        }
        if let Some(subscription) = on_socket.get_mut("subscription") {
            subscription["subscribedAt"] = over_http["subscription"]["subscribedAt"].clone();
        }
        assert_eq!(over_http, on_socket, "{verb}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_over_http_holds_for_the_next_event() {
    let (stage, mut client, id) = stage_of_alice().await;
    let key = ("x-api-key", "alice");
    let price = |id: &str, value: u64| json!({"eventId": id, "type": "price_update", "data": {"price": value}});

    let body = json!({"connectionId": id, "channels": ["events:prices"]});
    let answer = post_json(&stage, "/subscribe", key, &body).await;
    assert_like(
        &answer.json(),
        &json!({
            "type": "subscription_confirmed", "connectionId": id, "offset": "$offset",
            "subscription": {"channels": ["events:prices"], "filters": {}, "subscribedAt": "$now"},
            "timestamp": "$now",
        }),
    );
    stage.publish(&price("1", 1)).await;
    let frame = client.next().await;
    assert_eq!(frame["channel"], "events:prices");

    let body = json!({"connectionId": id, "filters": {"minValue": 5}});
    assert_eq!(post_json(&stage, "/filters", key, &body).await.status, 200);
    stage.publish(&json!([price("4", 4), price("5", 5)])).await;
    assert_eq!(client.next().await["eventId"], "5");

    let body = json!({"connectionId": id});
    let answer = post_json(&stage, "/unsubscribe", key, &body).await;
    assert_eq!(answer.json()["channels"], "all");
    stage.publish(&price("6", 6)).await;
    stage.announce("end").await;
    assert_eq!(client.next().await["eventId"], "end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_shown_to_its_user() {
    let (stage, mut client, id) = stage_of_alice().await;
    let path = format!("/subscriptions?connectionId={}", id.replace('=', "%3D"));
    let shown = async || get(stage.addr(), &path, &[("authorization", "Bearer alice")]).await;

    let nothing = json!({
        "type": "subscriptions", "connectionId": id, "subscription": null, "timestamp": "$now",
    });
    assert_like(&shown().await.json(), &nothing);
    client
        .join_filtered(&["prices"], &json!({"minValue": 1}))
        .await;
    client.join(&["tvl"]).await;
    let answer = shown().await;
    assert_eq!(answer.status, 200);
    let expected = json!({
        "type": "subscriptions", "connectionId": id, "timestamp": "$now",
        "subscription": {
            "channels": ["prices", "tvl"], "filters": {}, "subscribedAt": "$now",
            "byChannel": {"prices": {"filters": {"minValue": 1}, "options": {}}},
        },
    });
    assert_like(&answer.json(), &expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_connection_is_not_found_and_not_changed() {
    let (stage, mut client, id) = stage_of_alice().await;
    client.join(&["prices"]).await;
    let mut stranger = stage.stranger().await;
    let of_nobody = stranger.id().await;

    for id in [&id, &of_nobody, "no-such-connection"] {
        for (path, fields) in [
            ("/subscribe", json!({"channels": ["tvl"]})),
            ("/unsubscribe", json!({})),
            ("/filters", json!({"filters": {"minValue": 1}})),
        ] {
            let mut body = fields;
            body["connectionId"] = json!(id);
            let answer = post_json(&stage, path, ("x-api-key", "bob"), &body).await;
            assert_error(&answer, 404, "CONNECTION_NOT_FOUND");
        }
        let path = format!("/subscriptions?connectionId={id}");
        let answer = get(stage.addr(), &path, &[("x-api-key", "bob")]).await;
        assert_error(&answer, 404, "CONNECTION_NOT_FOUND");
    }
    let subscription = client.ask(&json!({"type": "subscriptions"})).await["subscription"].take();
    assert_eq!(subscription["channels"], json!(["prices"]));
    assert_eq!(subscription["filters"], json!({}));
}

/// Both the connection's credential and the caller's must allow a channel.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_may_less_than_its_connection_may_less_over_http_too() {
    let (stage, _client, id) = stage_of_alice().await;
    let subscribe = async |channel: &str| {
        let body = json!({"connectionId": id, "channels": [channel]});
        post_json(&stage, "/subscribe", ("x-api-key", "reader"), &body).await
    };

    assert_eq!(subscribe("prices").await.status, 200);
    let refused = subscribe("tvl").await;
    assert_error(&refused, 403, "FORBIDDEN");
    assert_eq!(refused.json()["details"], json!({"channels": ["tvl"]}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_the_callers_connections_come_in_pages() {
    const COUNT: usize = 205;
    let (stage, _client, _) = stage_of_alice().await;
    let mut clients = Vec::new();
    let mut expected = Vec::new();
    for n in 0..COUNT {
        let mut client = stage.client_with_key("bob").await;
        let channel = format!("token:{n}");
        client.join(&[&channel]).await;
        expected.push((client.id().await, channel));
        clients.push(client);
    }
    expected.sort();

    let mut pages = Vec::new();
    let mut found = Vec::new();
    let mut path = "/subscriptions".to_owned();
    loop {
        let answer = get(stage.addr(), &path, &[("x-api-key", "bob")]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let page = answer.json();
        assert_eq!(page["type"], "subscriptions");
        let connections = page["connections"].as_array().unwrap();
        pages.push(connections.len());
        for connection in connections {
            let id = connection["connectionId"].as_str().unwrap().to_owned();
            let channel = &connection["subscription"]["channels"][0];
            found.push((id, channel.as_str().unwrap().to_owned()));
        }
        let Some(cursor) = page["cursor"].as_str() else {
            break;
        };
        path = format!("/subscriptions?cursor={}", cursor.replace('=', "%3D"));
    }
    assert_eq!(pages, [100, 100, 5]);
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_connection_has_an_empty_page() {
    let (stage, _client, _) = stage_of_alice().await;

    let answer = get(stage.addr(), "/subscriptions", &[("x-api-key", "bob")]).await;
    assert_like(
        &answer.json(),
        &json!({"type": "subscriptions", "connections": [], "timestamp": "$now"}),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_catch_up_with_what_happened() {
    let stage = Stage::embedded().await;
    let mut first = stage.client().await;
    let mut second = stage.client().await;
    let _idle = stage.client().await;
    first
        .join_filtered(&["prices", "events:tvl_changes"], &json!({"minValue": 5}))
        .await;
    second.join(&["events:prices"]).await;
    let price = |value: u64| json!({"type": "price_update", "data": {"value": value}});
    stage
        .publish(&json!([price(1), price(7), {"type": "alert", "data": {}}]))
        .await;
    first.next().await;
    second.take(2).await;

    let stats = json!({
        "connections": {"totalConnections": 3},
        "rooms": {"prices": 2, "tvl": 1},
        "delivery": {"totalQueued": 0, "routed": 3, "filtered": 1, "failed": 0},
        "timestamp": "$now",
    });
    eventually("GET /stats", async || {
        let answer = get(stage.addr(), "/stats", &[DEMO]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let facts = Facts {
            now: Some(stage.now()),
            connection_id: None,
        };
        difference(&stats, &answer.json(), facts).is_none()
    })
    .await;
    let expected = json!({
        "type": "subscription_stats", "timestamp": "$now",
        "stats": {
            "totalSubscriptions": 2, "totalConnections": 3,
            "subscriptionsByChannel": {"prices": 2, "tvl": 1},
        },
    });
    let answer = get(stage.addr(), "/subscription-stats", &[DEMO]).await;
    assert_eq!(answer.status, 200);
    assert_like(&answer.json(), &expected);
    assert_like(&first.ask(&json!({"action": "stats"})).await, &expected);

    second.close().await;
    eventually("a connection that left is not counted", async || {
        let answer = get(stage.addr(), "/stats", &[DEMO]).await.json();
        answer["connections"]["totalConnections"] == 2 && answer["rooms"]["prices"] == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_asks_each_dependency_and_nobody_for_a_key() {
    let stage = Stage::embedded().await;
    let check = async |status: u16, state: &str, dynamodb: &str, redis: &str| {
        let answer = get(stage.addr(), "/health", &[]).await;
        assert_eq!(answer.status, status);
        let expected = json!({
            "status": state, "dependencies": {"dynamodb": dynamodb, "redis": redis},
            "timestamp": "$now",
        });
        assert_like(&answer.json(), &expected);
    };

    check(200, "healthy", "ok", "ok").await;
    stage.local().ports().cell().fail(true);
    check(503, "unhealthy", "ok", "down").await;
    stage.local().ports().connections().fail(true);
    check(503, "unhealthy", "down", "down").await;
    stage.local().ports().cell().fail(false);
    check(503, "unhealthy", "down", "ok").await;
    stage.local().ports().connections().fail(false);
    check(200, "healthy", "ok", "ok").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_is_accepted_or_says_what_is_wrong() {
    let stage = Stage::roomy().await;
    stage.key("sender", "sender", &["broadcast"]).await;
    let key = ("x-api-key", "sender");
    let message = json!({"type": "notice", "data": {}});

    for target in [json!({"all": true}), json!({"channel": "events:prices"})] {
        let mut body = target;
        body["message"] = message.clone();
        let answer = post_json(&stage, "/broadcast", key, &body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        assert_like(
            &answer.json(),
            &json!({"accepted": true, "eventId": "$eventId"}),
        );
    }
    let refused = [
        (json!({"message": message}), "INVALID_MESSAGE"),
        (json!({"all": false, "message": message}), "INVALID_MESSAGE"),
        (
            json!({"all": true, "channel": "prices", "message": message}),
            "INVALID_MESSAGE",
        ),
        (json!({"all": "yes", "message": message}), "INVALID_MESSAGE"),
        (
            json!({"channel": "no channel", "message": message}),
            "INVALID_CHANNEL",
        ),
        (json!({"all": true}), "INVALID_MESSAGE"),
        (json!({"all": true, "message": "hello"}), "INVALID_MESSAGE"),
        (
            json!({"all": true, "message": {"type": "notice"}}),
            "INVALID_MESSAGE",
        ),
        (
            json!({"all": true, "message": {"type": "goodbye", "data": {}}}),
            "INVALID_MESSAGE",
        ),
    ];
    for (body, code) in refused {
        let answer = post_json(&stage, "/broadcast", key, &body).await;
        assert_error(&answer, 400, code);
    }
}

/// What is not text comes to a function as base64, and a form is not text.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_may_have_any_content_type() {
    let (stage, _client, id) = stage_of_alice().await;
    let body = json!({"connectionId": id, "channels": ["prices"], "filters": {"chains": ["é"]}});
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
    ] {
        let headers = [("x-api-key", "alice"), ("content-type", content_type)];
        let answer = post(stage.addr(), "/subscribe", &headers, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{content_type}: {}", answer.text);
        assert_eq!(answer.json()["subscription"]["filters"], body["filters"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_say_how_to_come_back() {
    let (stage, _client, id) = alice_on(Stage::embedded().await).await;
    let body = json!({"connectionId": id, "channels": ["prices"]});

    let answer = post(stage.addr(), "/subscribe", &[], &body.to_string()).await;
    assert_error(&answer, 401, "UNAUTHENTICATED");
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    stage.local().ports().connections().fail(true);
    let answer = post_json(&stage, "/subscribe", ("x-api-key", "alice"), &body).await;
    assert_error(&answer, 503, "UNAVAILABLE");
    assert_eq!(answer.json()["retryAfterMs"], 1_000);
    assert_eq!(answer.headers["retry-after"], "1");
    stage.local().ports().connections().fail(false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_paths_and_methods_are_not_found() {
    let stage = Stage::roomy().await;
    for (answer, what) in [
        (
            get(stage.addr(), "/subscribe", &[DEMO]).await,
            "GET /subscribe",
        ),
        (get(stage.addr(), "/nothing", &[DEMO]).await, "GET /nothing"),
        (
            post(stage.addr(), "/stats", &[DEMO], "{}").await,
            "POST /stats",
        ),
        (
            post(stage.addr(), "/health/", &[DEMO], "{}").await,
            "POST /health/",
        ),
    ] {
        assert_eq!(answer.status, 404, "{what}");
        assert_eq!(answer.json(), json!({"message": "Not Found"}));
    }
}

/// Only there where there is no AWS.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_taken_alone_or_as_a_list_and_nothing_else_is() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;
    let event = r#"{"type":"alert","data":{}}"#;
    let accepted = |count: u64| json!({"accepted": count, "duplicates": 0, "rejected": []});

    for (body, expected) in [
        (event.to_owned(), 1),
        (format!(" \n{event}\n "), 1),
        (format!("[{event}]"), 1),
        (format!("[{event} , {event}]"), 2),
        ("[]".to_owned(), 0),
    ] {
        let answer = stage.publish_text(&body).await;
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(answer.json(), accepted(expected), "{body}");
        client.take(usize::try_from(expected).unwrap()).await;
    }
    for body in ["", "7", "event", "{", r#""{}""#, "{}{}", "[{}"] {
        let answer = stage.publish_text(body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["message"].is_string());
    }
    stage.announce("end").await;
    assert_eq!(client.next().await["eventId"], "end");
}
