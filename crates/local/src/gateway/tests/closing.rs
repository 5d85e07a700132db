//! `$disconnect`: once for each accepted connection, with the status and reason of its end.

use std::sync::Arc;

use futures_util::StreamExt;
use llama_ws_functions::Function;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::script::Script;
use super::support::{Stage, soon};
use crate::gateway::{Limits, Options, PostOutcome};

fn close_frame(code: u16, reason: &'static str) -> CloseFrame {
    CloseFrame {
        code: code.into(),
        reason: reason.into(),
    }
}

async fn context_after_close(frame: Option<CloseFrame>) -> Value {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;

    soon(client.socket.close(frame)).await.unwrap();

    let disconnect = stage.call(Function::Disconnect).await;
    assert_eq!(disconnect.connection_id(), client.id);
    while let Some(Ok(_)) = soon(client.socket.next()).await {}
    assert!(stage.shut_down().await.try_recv().is_err(), "told once");
    disconnect.context()
}

#[tokio::test]
async fn clients_status_and_reason_are_passed_on() {
    for (code, reason) in [(1000, ""), (1001, ""), (1000, "done"), (4000, "mine")] {
        let context = context_after_close(Some(close_frame(code, reason))).await;

        assert_eq!(context["disconnectStatusCode"], code);
        assert_eq!(context["disconnectReason"], reason);
    }
}

#[tokio::test]
async fn close_without_status_is_1005() {
    let context = context_after_close(None).await;

    assert_eq!(context["disconnectStatusCode"], 1005);
    let reason = "Client-side close frame status not set";
    assert_eq!(context["disconnectReason"], reason);
}

#[tokio::test]
async fn clients_close_is_answered_with_its_own_status() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;

    soon(client.socket.close(Some(close_frame(4001, "bye"))))
        .await
        .unwrap();

    assert_eq!(client.closed().await, (4001, "bye".to_owned()));
    assert!(soon(client.socket.next()).await.is_none());
}

#[tokio::test]
async fn cut_connection_is_1006() {
    let mut stage = Stage::start(Script::new()).await;
    let client = stage.client().await;
    let id = client.id.clone();

    drop(client);

    let disconnect = stage.call(Function::Disconnect).await;
    assert_eq!(disconnect.connection_id(), id);
    assert_eq!(disconnect.context()["disconnectStatusCode"], 1006);
    assert_eq!(
        stage.registry.post(&id, "late".into()).await,
        PostOutcome::Gone
    );
}

#[tokio::test]
async fn connection_cut_within_a_frame_is_1006() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;

    let half_a_header = [0x81, 0xfe];
    client
        .socket
        .get_mut()
        .write_all(&half_a_header)
        .await
        .unwrap();
    drop(client);

    let disconnect = stage.call(Function::Disconnect).await;
    assert_eq!(disconnect.context()["disconnectStatusCode"], 1006);
}

#[tokio::test]
async fn disconnect_does_not_wait_for_messages_in_flight() {
    let gate = Arc::new(Semaphore::new(0));
    let mut stage = Stage::start(Script::new().waits(Function::Message, gate.clone())).await;
    let mut client = stage.client().await;
    client.say("long").await;
    stage.call(Function::Message).await;

    drop(client);

    stage.call(Function::Disconnect).await;
    gate.add_permits(1);
    stage.shut_down().await;
}

#[tokio::test]
async fn disconnect_can_be_dropped() {
    let options = Options {
        drop_disconnect: true,
        ..Options::default()
    };
    let mut stage = Stage::with(Script::new(), Limits::default(), options).await;
    let client = stage.client().await;

    drop(client);

    assert!(stage.shut_down().await.try_recv().is_err());
}

#[tokio::test]
async fn failing_disconnect_is_not_tried_again() {
    let mut stage = Stage::start(Script::new().fails(Function::Disconnect)).await;
    let client = stage.client().await;

    drop(client);

    stage.call(Function::Disconnect).await;
    assert!(stage.shut_down().await.try_recv().is_err());
}
