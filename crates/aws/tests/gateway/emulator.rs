//! The adapter against the local gateway: a real socket at the other end.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use llama_ws_core::ConnectionId;
use llama_ws_core::ports::{PostOutcome, Presence, Push};
use llama_ws_functions::{Function, SystemClock};
use llama_ws_local::gateway::{Bound, Gateway, Invoke, InvokeError, Limits, Options, Registry};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use super::support::{pushes, soon};

/// Functions that say yes to everything and tell which connection was made.
struct Agreeing {
    connected: mpsc::UnboundedSender<ConnectionId>,
}

impl Invoke for Agreeing {
    async fn invoke(&self, function: Function, payload: Bytes) -> Result<Bytes, InvokeError> {
        if function == Function::Connect {
            let event: Value = serde_json::from_slice(&payload).unwrap();
            let id = event["requestContext"]["connectionId"].as_str().unwrap();
            let _ = self.connected.send(ConnectionId::new(id));
        }
        Ok(Bytes::from_static(br#"{"statusCode":200}"#))
    }
}

/// A gateway that runs as long as the test, and who connects to it.
async fn gateway() -> (SocketAddr, mpsc::UnboundedReceiver<ConnectionId>) {
    let (connected, ids) = mpsc::unbounded_channel();
    let gateway = Gateway {
        registry: Registry::new(SystemClock, Limits::default()),
        invoker: Arc::new(Agreeing { connected }),
        options: Options::default(),
    };
    let bound = Bound::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let addr = bound.local_addr();
    tokio::spawn(gateway.serve(bound, std::future::pending()));
    (addr, ids)
}

#[tokio::test]
async fn a_connection_is_posted_to_found_and_closed() {
    let (addr, mut ids) = gateway().await;
    for endpoint in [format!("http://{addr}"), format!("ws://{addr}/prod/")] {
        for push in pushes(&endpoint).await {
            let (mut socket, _) = soon(connect_async(format!("ws://{addr}"))).await.unwrap();
            let id = soon(ids.recv()).await.unwrap();
            assert!(id.as_str().ends_with('='), "{id}");

            let posted = push.post(&id, Bytes::from_static(b"{\"hello\":1}")).await;
            assert_eq!(posted, PostOutcome::Delivered);
            let heard = soon(socket.next()).await.unwrap().unwrap();
            assert_eq!(heard, Message::text("{\"hello\":1}"));
            assert_eq!(push.find(&id).await, Presence::Live);

            assert_eq!(push.close(&id).await, PostOutcome::Delivered);
            let heard = soon(socket.next()).await.unwrap().unwrap();
            assert!(matches!(heard, Message::Close(Some(_))), "{heard:?}");

            assert_eq!(push.post(&id, Bytes::new()).await, PostOutcome::Gone);
            assert_eq!(push.close(&id).await, PostOutcome::Gone);
            assert_eq!(push.find(&id).await, Presence::Gone);
        }
    }
}

#[tokio::test]
async fn a_frame_over_128_kb_is_too_large() {
    let (addr, mut ids) = gateway().await;
    for push in pushes(&format!("http://{addr}")).await {
        let (mut socket, _) = soon(connect_async(format!("ws://{addr}"))).await.unwrap();
        let id = soon(ids.recv()).await.unwrap();

        let most = Bytes::from(vec![b'a'; 128 * 1024]);
        let more = Bytes::from(vec![b'a'; 128 * 1024 + 1]);
        assert_eq!(push.post(&id, more).await, PostOutcome::TooLarge);
        assert_eq!(push.post(&id, most.clone()).await, PostOutcome::Delivered);
        let heard = soon(socket.next()).await.unwrap().unwrap();
        assert_eq!(heard.into_data(), most);
    }
}
