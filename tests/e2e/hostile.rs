//! Clients that mean no good, or cannot help it. After each, a fresh client is served and the
//! neighbours have noticed nothing.

mod bytes;
mod texts;

use llama_ws_core::Policy;
use llama_ws_local::dev::LocalOptions;
use llama_ws_memory::ManualClock;
use llama_ws_tests::{Client, Raw, Stage, get, post, roomy};
use serde_json::json;

type Headers<'a> = &'a [(&'a str, &'a str)];

const DEMO: (&str, &str) = ("x-api-key", "demo-key");

/// A stage on which an attacker may ask as often as it likes.
async fn stage() -> (Stage<ManualClock>, ManualClock) {
    Stage::frozen(roomy()).await
}

/// Somebody who listens to alerts all the time.
struct Neighbour {
    client: Client,
    events: u32,
}

impl Neighbour {
    async fn of(stage: &Stage<ManualClock>) -> Self {
        let mut client = stage.client().await;
        let request = json!({"type": "subscribe", "channel": "alerts"});
        client.ask(&request).await;
        Self { client, events: 0 }
    }

    /// Publishes an alert: it is the next thing the neighbour gets, and a fresh client is served.
    async fn is_served(&mut self, stage: &Stage<ManualClock>, after: &str) {
        self.events += 1;
        let event_id = format!("alert-{}", self.events);
        let mut fresh = stage.client().await;
        fresh
            .ask(&json!({"action": "subscribe", "channels": ["alerts"]}))
            .await;
        stage
            .publish(&json!({"eventId": event_id, "type": "alert", "data": {}}))
            .await;

        for client in [&mut self.client, &mut fresh] {
            assert_eq!(client.next().await["eventId"], event_id, "after {after}");
        }
        fresh.close().await;
    }
}

#[tokio::test]
async fn a_forged_address_is_no_way_round_the_limit_of_connects() {
    let policy = Policy {
        connects_per_minute: 3,
        ..Policy::default()
    };
    let options = LocalOptions {
        policy,
        ..LocalOptions::default()
    };
    let (stage, _clock) = Stage::frozen(options).await;

    let forged: [Headers; 6] = [
        &[DEMO, ("X-Forwarded-For", "192.0.2.1")],
        &[DEMO, ("x-forwarded-for", "192.0.2.2, 192.0.2.3")],
        &[
            DEMO,
            ("Forwarded", "for=192.0.2.4"),
            ("X-Real-IP", "192.0.2.4"),
        ],
        &[DEMO, ("X-Forwarded-For", "192.0.2.5")],
        &[
            DEMO,
            ("X-Forwarded-For", "192.0.2.6"),
            ("X-Forwarded-For", "192.0.2.7"),
        ],
        &[
            DEMO,
            ("X-Client-IP", "192.0.2.8"),
            ("CF-Connecting-IP", "192.0.2.8"),
        ],
    ];
    for (headers, expected) in forged.iter().zip([101, 101, 101, 429, 429, 429]) {
        let head = Raw::open(stage.addr()).await.upgrade("/", headers).await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {expected} ")),
            "{headers:?}: {head}"
        );
    }
}

#[tokio::test]
async fn headers_of_a_client_do_not_become_anything_else() {
    let (stage, _clock) = stage().await;
    let long = "x".repeat(8_000);
    let cases: [(&str, Headers, &str); 7] = [
        ("/", &[("connectionId", "x"), ("x-user-id", "demo")], "101"),
        ("/?connectionId=x&userId=demo", &[], "101"),
        (
            "/?apiKey=unknown&requestContext[authorizer][userId]=demo",
            &[],
            "401",
        ),
        ("/", &[("x-long", &long)], "101"),
        ("/%00%ff%zz?apiKey=demo-key&%=&&=&a=%", &[], "101"),
        ("/../../etc/passwd?apiKey=demo-key", &[], "101"),
        ("/?apiKey=demo-key%00", &[], "401"),
    ];
    let mut neighbour = Neighbour::of(&stage).await;
    for (path, headers, status) in cases {
        let head = Raw::open(stage.addr()).await.upgrade(path, headers).await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path} {headers:?}: {head}"
        );
    }
    let url = format!("/?apiKey=demo-key&x={}", "x".repeat(4_096));
    let head = Raw::open(stage.addr()).await.upgrade(&url, &[]).await;
    assert!(head.starts_with("HTTP/1.1 414 "), "{head}");
    neighbour.is_served(&stage, "odd headers").await;
}

#[tokio::test]
async fn another_users_connection_is_as_good_as_none() {
    let (stage, _clock) = stage().await;
    stage.key("mallory-key", "mallory", &["*"]).await;
    let mallory = [("x-api-key", "mallory-key")];
    let mut neighbour = Neighbour::of(&stage).await;
    let id = neighbour.client.id().await;
    let before = stage.documents().await;

    let attempts = [
        ("/subscribe", json!({"channels": ["prices"]})),
        ("/unsubscribe", json!({})),
        ("/filters", json!({"filters": {"chains": ["nowhere"]}})),
    ];
    for (path, request) in attempts {
        let mut answers = Vec::new();
        for connection in [
            id.as_str(),
            "L0SM9cOFvHcCIhw=",
            "*",
            "../",
            "\u{0}",
            &"x".repeat(128),
        ] {
            let mut request = request.clone();
            request["connectionId"] = json!(connection);
            let answer = post(stage.addr(), path, &mallory, &request.to_string()).await;
            assert_eq!(answer.status, 404, "{path} {connection:?}");
            answers.push(answer.text);
        }
        // Nothing tells a connection that exists from one that does not.
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
    }
    let hers = get(
        stage.addr(),
        &format!("/subscriptions?connectionId={id}"),
        &mallory,
    )
    .await;
    let nobodys = get(stage.addr(), "/subscriptions?connectionId=nobody", &mallory).await;
    assert_eq!((hers.status, &hers.text), (404, &nobodys.text));
    let page = get(stage.addr(), "/subscriptions", &mallory).await.json();
    assert_eq!(page["connections"], json!([]));
    let page = get(
        stage.addr(),
        &format!("/subscriptions?cursor={id}"),
        &mallory,
    )
    .await
    .json();
    assert_eq!(page["connections"], json!([]));

    assert_eq!(stage.documents().await, before);
    neighbour
        .is_served(&stage, "attempts on its connection")
        .await;
}

#[tokio::test]
async fn an_event_for_one_user_reaches_nobody_else_however_it_is_written() {
    let (stage, _clock) = stage().await;
    stage.key("mallory-key", "mallory", &["*"]).await;
    let mut owner = Neighbour::of(&stage).await.client;
    let mut mallory = stage.client_with_key("mallory-key").await;
    mallory
        .ask(&json!({"type": "subscribe", "channels": ["alerts", "general"]}))
        .await;

    let events = [
        r#"{"eventId":"1","type":"alert","userId":"demo","data":{}}"#,
        r#"{"eventId":"2","type":"alert","metadata":{"userId":"demo"},"data":{}}"#,
        r#"{"eventId":"3","type":"alert","data":{"userId":"demo"}}"#,
        r#"{"eventId":"4","type":"alert","data":{"user\u0049d":"demo"}}"#,
        r#"{"eventId":"5","type":"alert","data":{"userId":null,"userId":"demo"}}"#,
        r#"{"eventId":"6","type":"alert","userId":null,"metadata":null,"data":{"userId":"demo"}}"#,
        r#"{"eventId":"7","type":"alert","d\u0061ta":{"userId":"demo"}}"#,
        r#"{"eventId":"8","type":"alert","data":{"\ud800":1,"userId":"demo"}}"#,
        // What cannot be read is refused, never taken for everybody's.
        r#"{"type":"alert","data":{"userId":"\ud800"}}"#,
        r#"{"type":"alert","data":{"userId":["demo"]}}"#,
        r#"{"type":"alert","data":{"userId":"demo","userId":"mallory"}}"#,
        r#"{"type":"alert","userId":"","data":{}}"#,
        r#"{"type":"alert","userId":"demo","metadata":{"userId":"mallory"},"data":{}}"#,
        r#"{"type":"alert","userId":"demo","userId":"mallory","data":{}}"#,
    ];
    let body = format!("[{}]", events.join(","));
    let answer = post(stage.addr(), "/events", &[], &body).await.json();
    assert_eq!(answer["accepted"], 8, "{answer}");
    stage
        .publish(&json!({"eventId": "for-all", "type": "alert", "data": {}}))
        .await;

    // Not every reader of JSON takes half a surrogate pair, so frames are looked at as text.
    for event_id in ["1", "2", "3", "4", "5", "6", "7", "8", "for-all"] {
        let frame = owner.next_text().await;
        let expected = format!(r#""eventId":"{event_id}""#);
        assert!(frame.contains(&expected), "{expected}: {frame}");
    }
    assert_eq!(mallory.next().await["eventId"], "for-all");
}

#[tokio::test]
async fn published_nonsense_harms_nobody() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let bodies = [
        String::new(),
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        deep.clone(),
        "[[],7,null,\"x\",{}]".to_owned(),
        format!(r#"{{"type":"price_update","data":{{"price":{deep},"chain":{deep}}}}}"#),
        format!(r#"{{"type":"price_update","data":{{}},"metadata":{deep}}}"#),
        r#"{"type":"price_update","timestamp":1e400,"data":{}}"#.to_owned(),
        r#"{"type":"price_update","timestamp":-1,"data":{}}"#.to_owned(),
        format!(
            r#"{{"type":"price_update","data":{{"price":1{}}}}}"#,
            "0".repeat(10_000)
        ),
        r#"{"type":"price_update","data":{"price":1e999,"chain":"\u0000","tokenId":" "}}"#
            .to_owned(),
        r#"{"type":"a\u0000b","data":{}}"#.to_owned(),
        r#"{"type":"error","data":{}}"#.to_owned(),
        r#"{"eventId":"a b","type":"alert","data":{}}"#.to_owned(),
        "\u{0}".to_owned(),
    ];
    for body in bodies {
        let answer = post(stage.addr(), "/events", &[], &body).await;
        let start: String = body.chars().take(60).collect();
        assert!(
            [200, 400].contains(&answer.status),
            "{start}: {}",
            answer.text
        );
        neighbour.is_served(&stage, &start).await;
    }
}
