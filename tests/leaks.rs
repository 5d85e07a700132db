//! What must not be seen: no line of the log at its most verbose, no error and no refusal contains a
//! key, a token, a payload or another user's id.

#![expect(
    clippy::await_holding_lock,
    clippy::expect_used,
    clippy::panic,
    reason = "a story fails by a panic, and the lock is for the whole of a story"
)]

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use llama_ws_core::{Policy, SecretKey};
use llama_ws_tests::{Client, Issuer, Stage, World, get, pass, post};
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;

const KEY: &str = "canary-key-of-alice";
const WRONG_KEY: &str = "canary-key-of-nobody";
const ALICE: &str = "canary-alice";
const BOB: &str = "canary-bob";
const PAYLOAD: &str = "canary-payload";

/// Requests that are refused, each with a secret where none belongs. Not as the verb, a channel or a
/// field's name: those an error repeats, to the client that sent them and to nobody else.
fn misplaced(secret: &str) -> Vec<String> {
    [
        json!({"type": "authenticate", "apiKey": {"key": secret}}),
        json!({"type": "authenticate", "apiKey": secret, "token": secret}),
        json!({"type": "authenticate", "apiKey": secret, "id": [secret]}),
        json!({"apiKey": secret}),
        json!({"type": "subscribe", "channel": "prices", "filters": {"minValue": secret}}),
        json!({"type": "subscribe", "channel": "prices", "options": {"maxRate": secret}}),
        json!({"type": "resume", "since": secret}),
        json!([secret]),
        json!(secret),
    ]
    .iter()
    .map(Value::to_string)
    .chain([secret.to_owned(), format!(r#"{{"apiKey":"{secret}""#)])
    .collect()
}

/// Requires that `text` has none of the secrets, by name: a failure must not print them either.
fn assert_clean(what: &str, text: &str, secrets: &[&str]) {
    for (number, secret) in secrets.iter().enumerate() {
        if let Some(line) = text.lines().find(|line| line.contains(secret)) {
            let line = line.replace(secret, "<secret>");
            panic!("{what}: secret {number}: {line}");
        }
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("text")
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything that this thread logs from now on, dependencies' too, as the programs collect it: what
/// goes to the crate `log` (WebSocket frames do) they do not.
fn everything_logged() -> (Lines, DefaultGuard, MutexGuard<'static, ()>) {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    (lines, tracing::subscriber::set_default(subscriber), alone)
}

/// The functions, the worker and the reaper, with everything logged that can be.
#[test]
fn functions_worker_and_reaper_log_no_secret() {
    let (lines, _logging, _alone) = everything_logged();

    let world = World::new(Policy::default());
    world.key(KEY, ALICE);
    world.key("key-of-bob", BOB);
    let mut worker = world.worker("one", Duration::from_secs(900));
    assert_eq!(world.connect("alices=", Some(KEY)), 200);
    assert_eq!(world.connect("bobs=", Some("key-of-bob")), 200);
    assert_eq!(world.connect("late=", None), 200);
    assert_eq!(world.connect("refused=", Some(WRONG_KEY)), 401);
    let subscribe = json!({"type": "subscribe", "channel": "alerts"});
    world.say("alices=", &subscribe);
    let authenticate = json!({"type": "authenticate", "apiKey": WRONG_KEY});
    let mut refusals = vec![world.say("alices=", &authenticate)];
    assert_eq!(world.tell("late=", &authenticate), None);
    refusals.extend(world.frames("late="));
    for route in ["POST /subscribe", "POST /unsubscribe", "POST /filters"] {
        let body = json!({"connectionId": "bobs=", "channels": ["alerts"], "filters": {}});
        let (status, answer) = world.request(route, Some(KEY), &body.to_string());
        assert_eq!(status, 404);
        refusals.push(answer);
    }
    let (_, answer) = world.request("GET /stats", Some(WRONG_KEY), "");
    refusals.push(answer);
    let published = world.publish(&json!([
        {"eventId": "1", "type": "alert", "userId": ALICE, "data": {"text": PAYLOAD}},
        {"eventId": "2", "type": "alert", "data": PAYLOAD},
        {"eventId": "3", "type": "alert", "userId": ALICE, "data": {"userId": BOB}},
    ]));
    refusals.push(published["rejected"].clone());
    worker.run();
    assert_eq!(world.event_ids("alices="), ["1"]);
    world.keys().remove(KEY);
    assert!(world.reap().is_some());
    worker.run();
    world.disconnect("bobs=");

    let secrets = [KEY, WRONG_KEY, "key-of-bob", ALICE, BOB, PAYLOAD];
    let refusals = json!(refusals).to_string();
    assert!(refusals.contains("CONNECTION_NOT_FOUND") && refusals.contains("INVALID_CREDENTIAL"));
    assert_clean("a refusal", &refusals, &secrets);
    let log = lines.text();
    for said in [
        "alices=",
        "refused=",
        "event rejected",
        "worker starts",
        "reaped",
    ] {
        assert!(log.contains(said), "{said} is not in {log}");
    }
    assert_clean("the log", &log, &secrets);
}

async fn refused_connect(addr: SocketAddr, path: &str, headers: &[(&str, &str)]) {
    let refused = Client::connect(addr, path, headers).await.err();
    assert_eq!(refused.map(|refused| refused.status), Some(401));
}

/// The whole local service on one thread, with real sockets: credentials in every place, and what is
/// refused.
#[tokio::test]
async fn the_local_service_logs_no_secret() {
    let (lines, _logging, _alone) = everything_logged();
    let issuer = Issuer::new();
    let (stage, clock) = Stage::frozen(issuer.options()).await;
    let addr = stage.addr();
    let key = SecretKey::from_random([9; 32]);
    let key = key.reveal();
    stage.key(key, ALICE, &["*"]).await;
    // Far in the future: 2100.
    let claims = json!({"sub": ALICE, "exp": 4_102_444_800_u64});
    let (token, forged) = (issuer.token(&claims), Issuer::new().token(&claims));
    let (bearer, in_query) = (format!("Bearer {token}"), format!("/?token={token}"));
    let forged_in_query = format!("/?token={forged}");

    let mut ids = Vec::new();
    let good: &[(&str, &[(&str, &str)])] = &[
        (&format!("/?apiKey={key}"), &[]),
        ("/", &[("x-api-key", key)]),
        ("/", &[("authorization", &bearer)]),
        (&in_query, &[]),
    ];
    for (path, headers) in good {
        let connected = Client::connect(addr, path, headers).await;
        ids.push(connected.expect("it is accepted").id().await);
    }
    refused_connect(addr, &format!("/?apiKey={WRONG_KEY}"), &[]).await;
    refused_connect(addr, &forged_in_query, &[]).await;
    refused_connect(addr, "/", &[("x-api-key", WRONG_KEY)]).await;

    let mut refusals = Vec::new();
    let mut client = Client::connect(addr, "/", &[]).await.expect("accepted");
    let authenticate = json!({"type": "authenticate", "token": token});
    let id = client.ask(&authenticate).await["connectionId"].take();
    for secret in [key, token.as_str()] {
        for request in misplaced(secret) {
            client.send_text(&request).await;
            let reply = client.next().await;
            assert_eq!(reply["type"], "error", "one of the misplaced is taken");
            refusals.push(reply);
        }
    }
    refusals.push(
        client
            .ask(&json!({"type": "authenticate", "token": forged}))
            .await,
    );
    client.join(&["alerts"]).await;
    let event = json!({"type": "alert", "userId": ALICE, "data": {"text": PAYLOAD}});
    let answer = post(addr, "/events", &[], &event.to_string()).await;
    assert_eq!(answer.json()["accepted"], 1);
    assert_eq!(client.next().await["data"]["text"], PAYLOAD);

    let path = format!(
        "/subscriptions?connectionId={}",
        id.as_str().expect("an id")
    );
    let demo = [("x-api-key", "demo-key")];
    for answer in [
        get(addr, &path, &demo).await,
        get(addr, &path, &[("x-api-key", WRONG_KEY)]).await,
        get(addr, &format!("/stats?apiKey={key}"), &[]).await,
        post(addr, "/subscribe", &demo, &format!("{{{PAYLOAD}")).await,
        post(
            addr,
            "/broadcast",
            &demo,
            &json!({"all": PAYLOAD}).to_string(),
        )
        .await,
        post(
            addr,
            "/events",
            &[],
            &json!({"type": PAYLOAD, "data": PAYLOAD}).to_string(),
        )
        .await,
    ] {
        refusals.push(json!(answer.text));
    }
    client.close().await;
    pass(&clock, Duration::from_secs(61)).await;

    let secrets = [key, &token, &forged, WRONG_KEY, ALICE, PAYLOAD];
    for refusal in &refusals {
        assert_clean("a refusal", &refusal.to_string(), &secrets);
    }
    let log = lines.text();
    for said in [
        id.as_str().expect("an id"),
        "DEBUG",
        "unreadable message",
        "reaped",
    ] {
        assert!(log.contains(said), "{said} is not in the log");
    }
    assert_clean("the log", &log, &secrets);
}
