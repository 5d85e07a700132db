//! Plays one vector: `tests/vectors/service/README.md` says what each step means.

use std::collections::HashMap;
use std::time::Duration;

use llama_ws_core::ports::{ApiKey, Ports};
use llama_ws_core::{AuthMode, KeyId, KeyLimits, Permissions, Principal, UserId};
use llama_ws_functions::SystemClock;
use llama_ws_local::dev::LocalOptions;
use llama_ws_tests::{Client, Facts, Stage, difference, roomy, send};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The announcement that ends each vector.
const END: &str = "the-end";

/// The service of a vector, as its `given` asks for it.
pub(super) fn options(given: &Value) -> LocalOptions {
    let mut options = roomy();
    let policy = &mut options.policy;
    for (name, limit) in [
        ("connectsPerMinute", &mut policy.connects_per_minute),
        ("messagesPerMinute", &mut policy.messages_per_minute),
        (
            "subscriptionChangesPerMinute",
            &mut policy.subscription_changes_per_minute,
        ),
        ("connectionsPerUser", &mut policy.connections_per_user),
    ] {
        if let Some(number) = given[name].as_u64() {
            *limit = u32::try_from(number).unwrap();
        }
    }
    if given["authMode"] == "required" {
        policy.auth_mode = AuthMode::Required;
    }
    options
}

/// Adds the keys, and takes the stores away if the vector says so.
pub(super) async fn set_up(stage: &Stage, keys: &Value, given: &Value) {
    for (key, of) in keys.as_object().unwrap() {
        let permissions = of["permissions"].as_array().unwrap();
        let permissions = permissions.iter().map(|name| name.as_str().unwrap());
        let life = of["endsInMs"].as_u64().map(Duration::from_millis);
        let principal = Principal {
            user_id: UserId::new(of["userId"].as_str().unwrap()),
            key_id: Some(KeyId::new(key.as_str())),
            key_hash: None,
            permissions: Permissions::new(permissions),
            expires_at: life.map(|life| stage.now().plus(life)),
            limits: KeyLimits::default(),
        };
        let record = ApiKey {
            principal,
            enabled: of["enabled"] != false,
            created_at: None,
        };
        stage.insert_key(key, record).await;
    }
    if given["stores"] == "away" {
        take_stores_away(stage, true);
    }
}

fn take_stores_away(stage: &Stage, away: bool) {
    stage.local().ports().cell().fail(away);
    stage.local().ports().connections().fail(away);
}

/// A vector that is being played.
pub(super) struct Player {
    stage: Stage,
    /// None once it was closed.
    client: Option<Client>,
    connection_id: String,
    /// The `data` of the event published last, as text.
    data: String,
    /// Where we are, for failures.
    place: String,
}

impl Player {
    /// Plays a vector from its connection to the proof that nothing else has come.
    pub(super) async fn play(file: &str, row: &Value, keys: &Value) {
        let stage = Stage::with(SystemClock, options(&row["given"])).await;
        set_up(&stage, keys, &row["given"]).await;
        let key = row.get("key").map_or(Some("everything"), Value::as_str);
        let client = match key {
            Some(key) => stage.client_with_key(key).await,
            None => stage.stranger().await,
        };
        let connection_id = stage.documents().await[0].connection_id.to_string();
        let mut player = Self {
            stage,
            client: Some(client),
            connection_id,
            data: String::new(),
            place: String::new(),
        };
        for (n, step) in row["steps"].as_array().unwrap().iter().enumerate() {
            player.place = format!("{file}, {}, step {}", row["name"], n + 1);
            player.step(step).await;
        }
        player.place = format!("{file}, {}, its end", row["name"]);
        player.nothing_else_came().await;
    }

    async fn step(&mut self, step: &Value) {
        if let Some(request) = step.get("send") {
            let text = text(&self.expanded(request));
            self.client().send_text(&text).await;
            match step["frames"].as_array() {
                Some(frames) => self.next_are(frames).await,
                None => self.next_is(&step["reply"]).await,
            }
        } else if let Some(event) = step.get("publish") {
            self.publish(event, step.get("answer")).await;
            if let Some(frame) = step.get("frame") {
                self.next_is(frame).await;
            }
        } else if let Some(frame) = step.get("frame") {
            self.next_is(frame).await;
        } else if let Some(route) = step["http"].as_str() {
            self.http(route, step).await;
        } else if let Some(code) = step.get("closed") {
            let client = self.client.take().expect("a connection");
            let (frames, closed) = client.rest().await;
            assert_eq!(
                (frames, &json!(closed.code)),
                (vec![], code),
                "{}",
                self.place
            );
        } else {
            take_stores_away(&self.stage, step["stores"] == "away");
        }
    }

    async fn publish(&mut self, event: &Value, answer: Option<&Value>) {
        let text = text(&self.expanded(event));
        let members: Option<HashMap<String, &RawValue>> = serde_json::from_str(&text).ok();
        let data = members.and_then(|members| members.get("data").map(|data| data.get()));
        data.unwrap_or_default().clone_into(&mut self.data);

        let published = self.stage.publish_text(&text).await;
        assert_eq!(published.status, 200, "{}: {}", self.place, published.text);
        let accepted = json!({"accepted": 1, "duplicates": 0, "rejected": []});
        self.is_like(&published.json(), answer.unwrap_or(&accepted));
    }

    async fn http(&mut self, route: &str, step: &Value) {
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let path = path.replace("$connectionId", &self.connection_id.replace('=', "%3D"));
        let key = step["key"].as_str().map(|key| ("x-api-key", key));
        let headers: Vec<_> = key.into_iter().collect();
        let body = step.get("body").map(|body| text(&self.expanded(body)));
        let answer = send(
            self.stage.addr(),
            method.parse().unwrap(),
            &path,
            &headers,
            &body.unwrap_or_default(),
        )
        .await;
        assert_eq!(
            answer.status, step["status"],
            "{}: {}",
            self.place, answer.text
        );
        self.is_like(&answer.json(), &step["answer"]);
    }

    async fn next_is(&mut self, pattern: &Value) {
        let mut text = self.client().next_text().await;
        if pattern["data"] == "$data" {
            let exact = format!(r#""data":{},"timestamp":"#, self.data);
            assert!(text.contains(&exact), "{}: {exact} in {text}", self.place);
            text = text.replacen(&exact, r#""data":"$data","timestamp":"#, 1);
        }
        let frame = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}: {text}", self.place));
        self.is_like(&frame, pattern);
    }

    /// In any order.
    async fn next_are(&mut self, patterns: &[Value]) {
        let mut patterns: Vec<&Value> = patterns.iter().collect();
        while !patterns.is_empty() {
            let frame = self.client().next().await;
            let found = patterns
                .iter()
                .position(|pattern| self.difference(&frame, pattern).is_none());
            let found = found.unwrap_or_else(|| panic!("{}: {frame}", self.place));
            patterns.remove(found);
        }
    }

    /// An announcement comes after everything that was published before.
    async fn nothing_else_came(&mut self) {
        take_stores_away(&self.stage, false);
        if self.client.is_none() {
            return;
        }
        let document = &self.stage.documents().await[0];
        if document.principal.is_some() {
            self.stage.announce(END).await;
            let frame = self.client().next().await;
            assert_eq!(frame["eventId"], END, "{}: {frame}", self.place);
        }
    }

    fn is_like(&self, actual: &Value, pattern: &Value) {
        if let Some(difference) = self.difference(actual, pattern) {
            panic!("{}: {difference} in {actual}", self.place);
        }
    }

    fn difference(&self, actual: &Value, pattern: &Value) -> Option<String> {
        let facts = Facts {
            now: Some(self.stage.now()),
            connection_id: Some(&self.connection_id),
        };
        difference(pattern, actual, facts)
    }

    fn client(&mut self) -> &mut Client {
        self.client.as_mut().expect("a connection that is open")
    }

    /// What is sent, with everything that stands for something else replaced.
    fn expanded(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text == "$connectionId" => json!(self.connection_id),
            Value::Array(items) => items.iter().map(|item| self.expanded(item)).collect(),
            Value::Object(members) => {
                let times = members.get("times").and_then(Value::as_u64);
                let times = usize::try_from(times.unwrap_or(0)).unwrap();
                if let Some(text) = members.get("$repeat").and_then(Value::as_str) {
                    return json!(text.repeat(times));
                }
                if let Some(item) = members.get("$copies") {
                    return json!(vec![self.expanded(item); times]);
                }
                let expanded = members
                    .iter()
                    .map(|(key, member)| (key.clone(), self.expanded(member)));
                Value::Object(expanded.collect())
            }
            plain => plain.clone(),
        }
    }
}

/// Text is sent as it is, everything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
