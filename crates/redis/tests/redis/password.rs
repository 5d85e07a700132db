//! A password that is kept elsewhere, and changes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use llama_ws_core::ports::{Announcements, Cursor, Health, Slot, Unavailable, WorkLog};
use llama_ws_redis::{Asked, Password, PasswordSource, RedisCell, RedisConfig};
use llama_ws_test_servers::redis::Redis;
use tokio::time::{sleep, timeout};

use crate::cells::config;

/// What a secret store says, and how often it was asked.
#[derive(Debug, Default)]
struct Store {
    says: Mutex<Option<&'static str>>,
    asked: AtomicUsize,
}

impl Store {
    fn new(password: &'static str) -> Arc<Self> {
        let store = Arc::new(Self::default());
        store.says(Some(password));
        store
    }

    fn says(&self, password: Option<&'static str>) {
        *self.says.lock().unwrap() = password;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl PasswordSource for Store {
    fn password(&self) -> Asked<'_> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let says = *self.says.lock().unwrap();
        Box::pin(async move {
            says.map(Password::new).ok_or_else(|| Unavailable {
                store: "secrets",
                reason: "it is away".to_owned(),
            })
        })
    }
}

fn cell(server: &Redis, store: &Arc<Store>) -> RedisCell {
    RedisCell::connect(&RedisConfig {
        password: Some(Arc::clone(store) as Arc<dyn PasswordSource>),
        ..config(server)
    })
    .unwrap()
}

/// Waits until the cell answers again.
async fn answers(cell: &RedisCell) {
    let answered = async {
        while cell.check().await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), answered).await.unwrap();
}

/// Gives the server another password, and ends all connections.
async fn change(server: &Redis, from: &str, to: &str) {
    let commands =
        format!("AUTH {from}\r\nCONFIG SET requirepass {to}\r\nCLIENT KILL TYPE normal SKIPME yes");
    let mut replies = server.open(&commands).await;
    for _ in 0..2 {
        assert_eq!(replies.line().await, "+OK");
    }
    assert!(replies.line().await.starts_with(':'));
}

#[tokio::test]
async fn all_connections_ask_once() {
    let server = Redis::configured(&["requirepass one"]);
    let store = Store::new("one");
    let cell = cell(&server, &store);

    cell.check().await.unwrap();
    let wait = Duration::from_millis(10);
    cell.read(Slot::WHOLE, Cursor::default(), 1, wait)
        .await
        .unwrap();
    let _listener = cell.listen().await.unwrap();

    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn a_refused_password_is_asked_for_again() {
    let server = Redis::configured(&["requirepass one"]);
    let store = Store::new("one");
    let cell = cell(&server, &store);
    cell.check().await.unwrap();

    store.says(Some("two"));
    change(&server, "one", "two").await;
    answers(&cell).await;

    assert_eq!(store.asked(), 2);
}

#[tokio::test]
async fn a_good_password_is_not_asked_for_again() {
    let server = Redis::configured(&["requirepass one"]);
    let store = Store::new("one");
    let cell = cell(&server, &store);
    cell.check().await.unwrap();

    store.says(None);
    change(&server, "one", "one").await;
    answers(&cell).await;

    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn a_store_that_comes_late_is_asked_again() {
    let server = Redis::configured(&["requirepass one"]);
    let store = Store::new("one");
    store.says(None);
    let cell = RedisCell::connect(&RedisConfig {
        password: Some(Arc::clone(&store) as Arc<dyn PasswordSource>),
        command_deadline: Duration::from_millis(500),
        ..config(&server)
    })
    .unwrap();
    cell.check().await.unwrap_err();

    store.says(Some("one"));
    answers(&cell).await;
}
