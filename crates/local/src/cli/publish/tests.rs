//! From the command line to the request, and from the answer to the exit.

use std::env::temp_dir;

use super::*;
use crate::cli::{Command, parse};
use crate::client::testing::{EventsServer, silent_address};

const TAKEN: &str = r#"{"accepted":1,"duplicates":0,"rejected":[]}"#;

fn args(arguments: &[&str]) -> PublishArgs {
    match parse(["llama-ws", "publish"].iter().chain(arguments)) {
        Ok(Command::Publish(args)) => args,
        other => panic!("{arguments:?} gave {other:?}"),
    }
}

#[track_caller]
fn check_usage(arguments: &[&str], expected: &str) {
    match parse(["llama-ws", "publish"].iter().chain(arguments)) {
        Err(Exit::Usage(message)) => assert_eq!(message, expected),
        other => panic!("{arguments:?} gave {other:?}"),
    }
}

/// What the run prints.
async fn publish_to(server: &EventsServer, arguments: &[&str]) -> Result<String, Exit> {
    let url = server.url().to_string();
    let mut out = Vec::new();
    run(args(&[arguments, &["--url", &url]].concat()), &mut out).await?;
    Ok(String::from_utf8(out).unwrap())
}

/// A file with `text` that is gone after the test.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str, text: &str) -> Self {
        let path = temp_dir().join(format!("llama-ws-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn options_are_published_as_one_event() {
    let server = EventsServer::start(200, TAKEN).await;

    let typed = [
        "--type",
        "price_update",
        "--token",
        "ethereum",
        "--chain",
        "base",
        "--value",
        "-2750.50",
        "--id",
        "e-1",
        "--user",
        "u-1",
        "--tag",
        "a",
        "--tag",
        "b",
    ];
    let printed = publish_to(&server, &typed).await.unwrap();

    assert_eq!(printed, "accepted 1, duplicates 0, rejected 0\n");
    let [body] = server.bodies().try_into().unwrap();
    let [event]: [serde_json::Value; 1] = serde_json::from_str(&body).unwrap();
    assert_eq!(event["eventId"], "e-1");
    assert_eq!(event["eventType"], "price_update");
    assert_eq!(event["userId"], "u-1");
    assert_eq!(
        event["metadata"]["tags"],
        serde_json::json!(["price_update", "a", "b"])
    );
    assert!(event["timestamp"].as_u64().unwrap() > 1_700_000_000_000);
    assert_eq!(
        event["data"],
        serde_json::json!({"tokenId": "ethereum", "chain": "base", "currentPrice": -2750.5})
    );
}

#[tokio::test]
async fn an_event_without_an_id_gets_a_new_one() {
    let server = EventsServer::start(200, TAKEN).await;

    for _ in 0..2 {
        publish_to(
            &server,
            &["--type", "alert", "--data", r#"{"message": "hi" }"#],
        )
        .await
        .unwrap();
    }

    let id = |body: &String| body.split('"').nth(3).map(str::to_owned).unwrap();
    let [first, second] = server.bodies().try_into().unwrap();
    assert_ne!(id(&first), id(&second));
    assert!(first.ends_with(r#""data":{"message": "hi" }}]"#), "{first}");
}

#[tokio::test]
async fn files_are_published_as_they_are() {
    let server = EventsServer::start(200, TAKEN).await;
    let file = TempFile::new("as-they-are.ndjson", "{\"data\": {} , \"x\": 1.0}\n{}\n");

    publish_to(&server, &["--file", file.path()]).await.unwrap();
    publish_to(&server, &[file.path()]).await.unwrap();

    assert_eq!(server.bodies(), [r#"[{"data": {} , "x": 1.0},{}]"#; 2]);
}

#[tokio::test]
async fn a_rejection_fails_the_run() {
    let server = EventsServer::start(
        200,
        r#"{"accepted":0,"duplicates":0,"rejected":[{"index":1,"code":"INVALID_MESSAGE","message":"no data"},{"index":4,"code":"INVALID_MESSAGE","message":"no type"}]}"#,
    )
    .await;

    match publish_to(&server, &["--type", "alert"]).await {
        Err(Exit::Failed(message)) => {
            assert_eq!(
                message,
                "event 2 was rejected: INVALID_MESSAGE: no data (and 1 more)"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn bad_files_and_silent_servers_are_one_line() {
    let server = EventsServer::start(200, TAKEN).await;
    let file = TempFile::new("bad.json", "{\"a\":1}\n{\"b\"\n");
    let path = file.path();
    let (_socket, silent) = silent_address();
    let url = format!("http://{silent}");
    let failed = async |arguments: &[&str]| match publish_to(&server, arguments).await {
        Err(Exit::Failed(message)) => message,
        other => panic!("{arguments:?} gave {other:?}"),
    };

    assert_eq!(
        failed(&[path]).await,
        format!("{path}: not JSON: EOF while parsing an object at line 2 column 4")
    );
    assert!(
        failed(&["/nowhere.json"])
            .await
            .starts_with("cannot read /nowhere.json: ")
    );
    assert!(server.bodies().is_empty());

    let refused = run(args(&["--type", "alert", "--url", &url]), &mut Vec::new()).await;
    assert!(matches!(refused, Err(Exit::Failed(message))
        if message == format!("nothing listens at {silent} (is `llama-ws dev` running?)")));
}

#[test]
fn contradictions_are_usage_errors() {
    check_usage(
        &[],
        "the following required arguments were not provided: <FILE|--file <FILE>|--type <TYPE>> (try --help)",
    );
    check_usage(
        &["a.json", "--type", "alert"],
        "the argument '[FILE]' cannot be used with '--type <TYPE>' (try --help)",
    );
    check_usage(
        &["--type", "alert", "--data", "{}", "--value", "1"],
        "the argument '--data <JSON>' cannot be used with '--value <NUMBER>' (try --help)",
    );
    check_usage(
        &["--type", "alert", "--data", "[]"],
        "invalid value '[]' for '--data <JSON>': not a JSON object (try --help)",
    );
    check_usage(
        &["--type", "alert", "--value", "much"],
        "invalid value 'much' for '--value <NUMBER>': invalid number at line 1 column 1 (try --help)",
    );
    check_usage(
        &["--type", "alert", "--url", "https://h"],
        "invalid value 'https://h' for '--url <URL>': https:// is not supported in this build, which has no TLS: use http:// (try --help)",
    );
}
