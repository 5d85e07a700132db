//! `llama-ws keys` against a local service.

use llama_ws_tests::{Client, Tool};
use serde_json::Value;

use super::{assert_one_complaint, dev};

struct Keys(String);

impl Keys {
    async fn run(&self, arguments: &[&str]) -> String {
        let ended = Tool::run(&[&["keys"], arguments, &["--url", &self.0]].concat()).await;
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
        ended.stdout
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let text = self.run(&[arguments, &["--json"]].concat()).await;
        serde_json::from_str(&text).expect("JSON")
    }

    async fn complains(&self, arguments: &[&str], about: &str) {
        let ended = Tool::run(&[&["keys"], arguments, &["--url", &self.0]].concat()).await;
        assert_one_complaint(&ended, 1, about);
    }
}

#[tokio::test]
async fn a_key_is_made_used_rotated_and_revoked() {
    let (_dev, addr) = dev(&[], &[]).await;
    let keys = Keys(format!("http://{addr}"));
    let status = async |key: &str| {
        let connected = Client::connect(addr, "/", &[("x-api-key", key)]).await;
        connected.map_or_else(|refused| refused.status, |_| 101)
    };

    let made = keys.run(&["create", "--user", "alice", "--quiet"]).await;
    let (key, rest) = made.split_once('\n').expect("a line");
    assert!(key.starts_with("llws_") && rest.is_empty(), "one line");
    assert_eq!(status(key).await, 101);

    let listed = keys.json(&["list"]).await;
    let records = listed["records"].as_array().expect("records");
    let of_alice = records.iter().find(|record| record["userId"] == "alice");
    let id = of_alice.expect("the key")["keyId"].as_str().expect("an id");
    assert!(!listed.to_string().contains(key) && listed["key"].is_null());

    let rotated = keys.json(&["rotate", id, "--overlap", "1h"]).await;
    let new = rotated["key"].as_str().expect("a key");
    assert_eq!((status(key).await, status(new).await), (101, 101));

    assert!(keys.run(&["revoke", id]).await.contains("revoked"));
    assert_eq!((status(key).await, status(new).await), (401, 101));
    assert!(keys.run(&["show", id]).await.contains("websocket:connect"));
    keys.complains(&["rotate", id], "revoked").await;
    keys.complains(&["show", "key_unknown"], "no key has this id")
        .await;
}

#[tokio::test]
async fn a_new_key_is_shown_once_with_its_record() {
    let (_dev, addr) = dev(&[], &[]).await;
    let keys = Keys(format!("http://{addr}"));
    let create = [
        "create",
        "--user",
        "ops",
        "--permission",
        "*",
        "--connections",
        "7",
    ];

    let made = keys
        .run(&[&create[..], &["--expires-in", "90d"]].concat())
        .await;

    let lines: Vec<_> = made.lines().collect();
    assert_eq!(lines.len(), 4, "{made}");
    assert!(lines[0].starts_with("llws_") && lines[2].starts_with("KEY ID"));
    assert!(
        lines[3].starts_with("key_") && lines[3].ends_with("7            *"),
        "{}",
        lines[3]
    );
    let listed = keys.run(&["list"]).await;
    assert!(listed.contains("ops") && listed.contains("demo") && !listed.contains(lines[0]));
}

#[tokio::test]
async fn a_service_that_is_not_there_is_one_clear_line() {
    let keys = Keys("http://127.0.0.1:1".to_owned());
    keys.complains(&["list"], "127.0.0.1:1").await;
}
