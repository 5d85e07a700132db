//! Both dialects of a request, and the shape of every reply.

use llama_ws_tests::{Client, Stage, assert_like};
use serde_json::{Value, json};

/// Asks in text, so that a request may be anything.
async fn ask_text(client: &mut Client, text: &str) -> Value {
    client.send_text(text).await;
    client.next().await
}

fn error(code: &str) -> Value {
    json!({"type": "error", "code": code, "message": "$text", "retryable": false, "timestamp": "$now"})
}

fn error_with(code: &str, details: &Value) -> Value {
    let mut error = error(code);
    error["details"] = details.clone();
    error
}

/// A connection of a user who may subscribe to tokens only.
async fn narrow_client(stage: &Stage) -> Client {
    let tokens = ["websocket:connect", "websocket:subscribe:token:*"];
    stage.key("narrow", "narrow-user", &tokens).await;
    stage.client_with_key("narrow").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_that_holds_the_verb_shapes_the_reply_and_action_wins() {
    let table = [
        (json!({"type": "subscribe"}), "subscription_result"),
        (json!({"action": "subscribe"}), "subscription_confirmed"),
        (
            json!({"action": "subscribe", "type": "ping"}),
            "subscription_confirmed",
        ),
        (json!({"action": "ping", "type": "subscribe"}), "pong"),
        (json!({"type": "unsubscribe"}), "unsubscription_result"),
        (json!({"action": "unsubscribe"}), "unsubscription_confirmed"),
        (json!({"type": "ping"}), "pong"),
        (json!({"action": "ping"}), "pong"),
        (json!({"action": "nothing", "type": "ping"}), "error"),
    ];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    for (request, expected) in table {
        let mut with_channels = request.clone();
        with_channels["channels"] = json!(["prices"]);
        let reply = client.ask(&with_channels).await;
        assert_eq!(reply["type"], expected, "{request}: {reply}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_verb_has_its_aliases_in_both_dialects() {
    let table = [
        ("ping", "pong"),
        ("authenticate", "authenticated"),
        ("subscribe", "subscription_"),
        ("subscriptions", "subscriptions"),
        ("get_subscriptions", "subscriptions"),
        ("filters", "filters_updated"),
        ("update_filters", "filters_updated"),
        ("stats", "subscription_stats"),
        ("subscription_stats", "subscription_stats"),
        ("unsubscribe", "unsubscription_"),
    ];
    let stage = Stage::roomy().await;
    for dialect in ["type", "action"] {
        let mut client = stage.client().await;
        for (verb, expected) in table {
            let request = json!({
                dialect: verb, "channel": "prices", "filters": {}, "apiKey": "demo-key", "id": verb,
            });
            let reply = client.ask(&request).await;
            let kind = reply["type"].as_str().unwrap();
            assert!(kind.starts_with(expected), "{dialect} {verb}: {reply}");
            assert_eq!(reply["id"], verb);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_channel_may_be_given_alone_but_not_beside_a_list() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    let filters = json!({"minValue": 1});

    for (dialect, expected) in [
        ("type", "subscription_result"),
        ("action", "subscription_confirmed"),
    ] {
        let request = json!({dialect: "subscribe", "channel": "prices", "filters": filters});
        assert_eq!(client.ask(&request).await["type"], expected);
    }
    let reply = client
        .ask(&json!({"type": "unsubscribe", "channel": "prices"}))
        .await;
    assert_eq!(
        reply["results"],
        json!([{"channel": "prices", "status": "unsubscribed"}])
    );
    let both = json!({"type": "subscribe", "channel": "prices", "channels": ["tvl"]});
    assert_eq!(client.ask(&both).await["code"], "INVALID_MESSAGE");
    let reply = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(reply["subscription"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_echoes_the_id_as_it_was_written() {
    let longest = "é".repeat(64);
    let ids = [
        r#""a""#.to_owned(),
        r#""""#.to_owned(),
        format!("{longest:?}"),
        "0".to_owned(),
        "-1".to_owned(),
        "9007199254740993".to_owned(),
        "18446744073709551615".to_owned(),
        "-9223372036854775808".to_owned(),
    ];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    for id in &ids {
        for request in [
            r#""type":"ping""#,
            r#""type":"subscribe","channels":["prices"]"#,
            r#""action":"subscribe","channels":["bad channel"]"#,
            r#""type":"subscribe""#,
            r#""type":"nothing""#,
        ] {
            client
                .send_text(&format!(r#"{{{request},"id":{id}}}"#))
                .await;
            let reply = client.next_text().await;
            assert!(reply.contains(&format!(r#""id":{id}"#)), "{id}: {reply}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_of_another_kind_is_refused_and_not_echoed() {
    let too_long = json!("x".repeat(65)).to_string();
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    for id in [
        "1.5",
        "1e3",
        "18446744073709551616",
        "true",
        "null",
        "[]",
        "{}",
        &too_long,
    ] {
        let reply = ask_text(&mut client, &format!(r#"{{"type":"ping","id":{id}}}"#)).await;
        assert_like(
            &reply,
            &error_with("INVALID_MESSAGE", &json!({"field": "id"})),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_channel_stands_alone_in_the_type_dialect() {
    let stage = Stage::roomy().await;
    let mut client = narrow_client(&stage).await;

    let reply = client
        .ask(&json!({
            "type": "subscribe", "id": 7,
            "channels": ["token:eth", "bad channel", "prices", "events:token:eth", "token:"],
        }))
        .await;
    let failed = |channel: &str, code: &str| {
        let error = json!({"code": code, "message": "$text"});
        json!({"channel": channel, "status": "failed", "error": error})
    };
    let expected = json!({
        "type": "subscription_result", "id": 7,
        "connectionId": "$connectionId", "offset": "$offset",
        "results": [
            {"channel": "token:eth", "status": "subscribed"},
            failed("bad channel", "INVALID_CHANNEL"),
            failed("prices", "FORBIDDEN"),
            {"channel": "events:token:eth", "status": "subscribed"},
            failed("token:", "INVALID_CHANNEL"),
        ],
    });
    assert_like(&reply, &expected);
    let reply = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(
        reply["subscription"]["channels"],
        json!(["events:token:eth"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_channel_refuses_all_in_the_action_dialect() {
    let table = [
        (
            json!(["token:a", "bad channel", "prices"]),
            "INVALID_CHANNEL",
            json!(["bad channel", "prices"]),
        ),
        (
            json!(["prices", "bad channel", "token:a"]),
            "FORBIDDEN",
            json!(["prices", "bad channel"]),
        ),
    ];
    let stage = Stage::roomy().await;
    let mut client = narrow_client(&stage).await;
    for (channels, code, bad) in table {
        let reply = client
            .ask(&json!({"action": "subscribe", "channels": channels}))
            .await;
        assert_like(&reply, &error_with(code, &json!({"channels": bad})));
    }
    let reply = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(reply["subscription"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_good_in_the_type_dialect_subscribes_nothing_and_is_no_error() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;

    let reply = client
        .ask(&json!({"type": "subscribe", "channels": ["bad channel"]}))
        .await;
    assert_eq!(reply["type"], "subscription_result");
    assert_eq!(reply["results"][0]["status"], "failed");
    let reply = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(reply["subscription"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reply_has_exactly_its_fields() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    let filters = json!({"chains": ["Base"], "minValue": 1.50});
    let subscription = json!({
        "channels": ["prices", "events:tvl"], "filters": filters, "subscribedAt": "$now",
        "byChannel": {},
    });
    let table = [
        (
            json!({"type": "authenticate", "apiKey": "demo-key"}),
            json!({
                "type": "authenticated", "connectionId": "$connectionId", "userId": "demo",
                "permissions": ["*"], "timestamp": "$now",
            }),
        ),
        (
            json!({"type": "ping"}),
            json!({"type": "pong", "connectionId": "$connectionId", "timestamp": "$now"}),
        ),
        (
            json!({"type": "subscriptions"}),
            json!({
                "type": "subscriptions", "connectionId": "$connectionId", "subscription": null,
                "timestamp": "$now",
            }),
        ),
        (
            json!({"type": "filters", "filters": {}}),
            error("NOT_SUBSCRIBED"),
        ),
        (
            json!({"type": "subscribe", "channels": ["prices"], "filters": filters}),
            json!({
                "type": "subscription_result", "connectionId": "$connectionId",
                "offset": "$offset", "results": [{"channel": "prices", "status": "subscribed"}],
            }),
        ),
        (
            json!({"action": "subscribe", "channels": ["events:tvl"], "filters": filters}),
            json!({
                "type": "subscription_confirmed", "connectionId": "$connectionId",
                "offset": "$offset", "timestamp": "$now",
                "subscription": {
                    "channels": ["events:tvl"], "filters": filters, "subscribedAt": "$now",
                },
            }),
        ),
        (
            json!({"type": "subscriptions"}),
            json!({
                "type": "subscriptions", "connectionId": "$connectionId",
                "subscription": subscription, "timestamp": "$now",
            }),
        ),
        (
            json!({"type": "filters", "filters": filters}),
            json!({
                "type": "filters_updated", "offset": "$offset", "subscription": subscription,
                "timestamp": "$now",
            }),
        ),
        (
            json!({"type": "stats"}),
            json!({
                "type": "subscription_stats", "timestamp": "$now",
                "stats": {
                    "totalSubscriptions": "$count", "totalConnections": "$count",
                    "subscriptionsByChannel": "$anything",
                },
            }),
        ),
        (
            json!({"type": "unsubscribe", "channels": ["prices", "alerts"]}),
            json!({
                "type": "unsubscription_result",
                "results": [
                    {"channel": "prices", "status": "unsubscribed"},
                    {"channel": "alerts", "status": "unsubscribed"},
                ],
            }),
        ),
        (
            json!({"type": "unsubscribe"}),
            json!({
                "type": "unsubscription_result",
                "results": [{"channel": "events:tvl", "status": "unsubscribed"}],
            }),
        ),
        (
            json!({"action": "unsubscribe", "channels": ["prices"]}),
            json!({"type": "unsubscription_confirmed", "channels": ["prices"], "timestamp": "$now"}),
        ),
        (
            json!({"action": "unsubscribe"}),
            json!({"type": "unsubscription_confirmed", "channels": "all", "timestamp": "$now"}),
        ),
        (
            json!({"type": "nothing", "id": "x"}),
            json!({
                "type": "error", "code": "UNKNOWN_TYPE", "message": "$text", "retryable": false,
                "id": "x", "timestamp": "$now",
            }),
        ),
    ];
    for (request, expected) in table {
        assert_like(&client.ask(&request).await, &expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_refused_by_its_own_code() {
    let subscribe = |rest: &str| format!(r#"{{"type":"subscribe","channels":["prices"],{rest}}}"#);
    let table = [
        ("not json".to_owned(), "INVALID_JSON"),
        (String::from("{"), "INVALID_JSON"),
        ("[]".to_owned(), "INVALID_MESSAGE"),
        ("null".to_owned(), "INVALID_MESSAGE"),
        ("7".to_owned(), "INVALID_MESSAGE"),
        ("{}".to_owned(), "UNKNOWN_TYPE"),
        (r#"{"type":"Ping"}"#.to_owned(), "UNKNOWN_TYPE"),
        (r#"{"type":7}"#.to_owned(), "INVALID_MESSAGE"),
        (r#"{"type":"subscribe"}"#.to_owned(), "INVALID_MESSAGE"),
        (
            r#"{"type":"subscribe","channels":[]}"#.to_owned(),
            "INVALID_MESSAGE",
        ),
        (
            r#"{"type":"subscribe","channels":"prices"}"#.to_owned(),
            "INVALID_MESSAGE",
        ),
        (
            r#"{"type":"subscribe","channels":["prices",7]}"#.to_owned(),
            "INVALID_MESSAGE",
        ),
        (
            r#"{"type":"unsubscribe","channels":[]}"#.to_owned(),
            "INVALID_MESSAGE",
        ),
        (r#"{"type":"filters"}"#.to_owned(), "INVALID_MESSAGE"),
        (subscribe(r#""filters":7"#), "INVALID_FILTER"),
        (subscribe(r#""filters":{"minvalue":7}"#), "INVALID_FILTER"),
        (subscribe(r#""filters":{"minValue":"7"}"#), "INVALID_FILTER"),
        (
            subscribe(r#""filters":{"minValue":1e400}"#),
            "INVALID_FILTER",
        ),
        (
            subscribe(r#""filters":{"minValue":2,"maxValue":1}"#),
            "INVALID_FILTER",
        ),
        (
            subscribe(r#""filters":{"chains":"base"}"#),
            "INVALID_FILTER",
        ),
        (subscribe(r#""filters":{"chains":[7]}"#), "INVALID_FILTER"),
        (subscribe(r#""options":{"speed":7}"#), "INVALID_OPTION"),
        (subscribe(r#""since":"yesterday""#), "INVALID_OFFSET"),
        (r#"{"type":"resume"}"#.to_owned(), "INVALID_MESSAGE"),
        (
            r#"{"type":"resume","since":7}"#.to_owned(),
            "INVALID_OFFSET",
        ),
        (r#"{"type":"authenticate"}"#.to_owned(), "INVALID_MESSAGE"),
    ];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    for (text, code) in table {
        let reply = ask_text(&mut client, &text).await;
        assert_eq!(reply["code"], code, "{text}: {reply}");
        assert_eq!(reply["retryable"], false);
    }
    let reply = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(
        reply["subscription"],
        Value::Null,
        "a refused request changes nothing"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_of_a_later_version_are_refused_by_name() {
    let table = [(json!({"options": {"snapshot": true}}), "snapshot")];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    for (rest, field) in table {
        for dialect in ["type", "action"] {
            let mut request = json!({dialect: "subscribe", "channels": ["prices"]});
            request
                .as_object_mut()
                .unwrap()
                .extend(rest.as_object().unwrap().clone());
            let reply = client.ask(&request).await;
            assert_like(
                &reply,
                &error_with("INVALID_OPTION", &json!({"field": field})),
            );
        }
    }
    let off = json!({"batch": false, "conflate": false, "snapshot": false});
    let request = json!({"type": "subscribe", "channels": ["prices"], "options": off});
    assert_eq!(client.ask(&request).await["type"], "subscription_result");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stats_need_their_permission() {
    let stage = Stage::roomy().await;
    stage
        .key("counter", "counter", &["websocket:connect", "stats"])
        .await;
    let mut without = narrow_client(&stage).await;
    let mut with = stage.client_with_key("counter").await;

    for dialect in ["type", "action"] {
        let request = json!({dialect: "stats"});
        assert_like(&without.ask(&request).await, &error("FORBIDDEN"));
        assert_eq!(with.ask(&request).await["type"], "subscription_stats");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_channel_lists_what_differs_from_the_latest_request() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    let first = json!({"chains": ["base"]});
    let second = json!({"minValue": 5});
    client.join_filtered(&["prices", "tvl"], &first).await;
    client.join_filtered(&["alerts"], &second).await;

    let reply = client.ask(&json!({"type": "subscriptions"})).await;
    assert_like(
        &reply["subscription"],
        &json!({
            "channels": ["prices", "tvl", "alerts"], "filters": second, "subscribedAt": "$now",
            "byChannel": {
                "prices": {"filters": first, "options": {}},
                "tvl": {"filters": first, "options": {}},
            },
        }),
    );

    let reply = client
        .ask(&json!({"type": "filters", "filters": second, "channels": ["prices"]}))
        .await;
    assert_eq!(
        reply["subscription"]["byChannel"],
        json!({"tvl": {"filters": first, "options": {}}})
    );
}
