//! A store that hangs or throttles.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use llama_ws_aws::{DynamoConnections, DynamoKeys, local_sdk_config};
use llama_ws_core::ports::{ApiKeys, Clock, ConnectionStore, Health, HeldKey};
use llama_ws_core::{ConnectionId, SecretKey, UnixMillis, UserId};
use llama_ws_memory::ManualClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::table::now;

/// A client that waits for its answer waits no longer.
const PATIENCE: Duration = Duration::from_secs(2);

const THROTTLED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"too fast"}"#;

/// A server that answers the requests it gets with these bodies and statuses, the last one for ever.
async fn server(answers: Vec<(u16, &'static str)>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            while !is_whole(&request) {
                let read = socket.read(&mut buffer).await.unwrap_or(0);
                if read == 0 {
                    break;
                }
                request.extend_from_slice(&buffer[..read]);
            }
            let number = count.fetch_add(1, Ordering::Relaxed);
            let (status, body) = answers[number.min(answers.len() - 1)];
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    (endpoint, asked)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.eq_ignore_ascii_case("content-length")).then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}

/// The machine's clock: pauses pass by themselves.
#[derive(Clone)]
struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> UnixMillis {
        now()
    }

    async fn sleep_until(&self, at: UnixMillis) {
        tokio::time::sleep(at.since(now())).await;
    }
}

async fn connections(endpoint: &str) -> DynamoConnections<ManualClock> {
    let sdk = local_sdk_config(endpoint).await;
    DynamoConnections::new(&sdk, "connections", ManualClock::new(now()))
}

#[tokio::test]
async fn a_store_that_hangs_is_unavailable_within_two_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let silent = tokio::spawn(async move {
        let mut sockets = Vec::new();
        while let Ok(socket) = listener.accept().await {
            sockets.push(socket);
        }
    });
    let store = connections(&endpoint).await;
    let keys = DynamoKeys::new(&local_sdk_config(&endpoint).await, "keys");
    let id = ConnectionId::new("a");
    let key = SecretKey::presented("key");

    let calls = async {
        tokio::join!(
            async { drop(store.check().await.unwrap_err()) },
            async { drop(store.get(&id).await.unwrap_err()) },
            async { drop(store.remove(&id, now()).await.unwrap_err()) },
            async { drop(store.scan(None, 10).await.unwrap_err()) },
            async { drop(keys.find(&key).await.unwrap_err()) },
        );
    };
    timeout(PATIENCE, calls).await.unwrap();

    silent.abort();
}

#[tokio::test]
async fn a_throttled_call_is_made_again() {
    let (endpoint, asked) = server(vec![(400, THROTTLED), (200, "{}")]).await;

    let store = connections(&endpoint).await;
    let id = ConnectionId::new("a");
    let found = store.get(&id).await;

    assert_eq!(found.unwrap(), None);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_store_that_goes_on_throttling_is_unavailable() {
    let (endpoint, asked) = server(vec![(400, THROTTLED)]).await;
    let store = connections(&endpoint).await;

    let id = ConnectionId::new("a");
    let answer = timeout(PATIENCE, store.get(&id));
    let error = answer.await.unwrap().unwrap_err();

    assert_eq!(error.reason, "ProvisionedThroughputExceededException");
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn keys_left_unprocessed_are_asked_for_again() {
    let query = r#"{"Items":[{"connectionId":{"S":"a"}}],"Count":1}"#;
    let left = r#"{"Responses":{"connections":[]},"UnprocessedKeys":{"connections":{"Keys":[{"connectionId":{"S":"a"}}]}}}"#;
    let done = r#"{"Responses":{"connections":[]},"UnprocessedKeys":{}}"#;
    let (endpoint, asked) = server(vec![(200, query), (200, left), (200, done)]).await;
    let store =
        DynamoConnections::new(&local_sdk_config(&endpoint).await, "connections", RealClock);

    let page = store.of_user(&UserId::new("alice"), None, 10).await;

    assert_eq!(page.unwrap().documents, []);
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn held_keys_left_unprocessed_are_not_taken_for_absent() {
    let left =
        r#"{"Responses":{"keys":[]},"UnprocessedKeys":{"keys":{"Keys":[{"keyHash":{"S":"a"}}]}}}"#;
    let (endpoint, _) = server(vec![(200, left)]).await;
    let keys = DynamoKeys::new(&local_sdk_config(&endpoint).await, "keys");
    let held = HeldKey {
        id: None,
        hash: SecretKey::presented("key").hash(),
    };

    let error = keys.find_held(&[held]).await.unwrap_err();

    assert_eq!(error.reason, "keys stay unprocessed");
}
