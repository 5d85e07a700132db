//! An orderly end: sockets closed, functions told, nothing left running.

use std::sync::Arc;
use std::time::Duration;

use llama_ws_functions::Function;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::script::Script;
use super::support::{Stage, soon};

#[tokio::test]
async fn every_socket_is_closed_and_reported() {
    let mut stage = Stage::start(Script::new()).await;
    let addr = stage.addr;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(stage.client().await);
    }
    stage
        .registry
        .post(&clients[0].id, "last words".into())
        .await;
    let registry = stage.registry.clone();

    let mut calls = stage.shut_down().await;

    let mut reported = Vec::new();
    while let Ok(call) = calls.try_recv() {
        assert_eq!(call.function, Function::Disconnect);
        assert_eq!(call.context()["disconnectStatusCode"], 1001);
        reported.push(call.connection_id());
    }
    reported.sort();
    let mut expected: Vec<_> = clients.iter().map(|client| client.id.clone()).collect();
    expected.sort();
    assert_eq!(reported, expected);
    assert_eq!(clients[0].hear().await, "last words");
    for client in &mut clients {
        assert_eq!(client.closed().await, (1001, "Going away".to_owned()));
        assert_eq!(registry.get(&client.id).await, None);
    }
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn idle_http_connections_do_not_hold_it_up() {
    let stage = Stage::start(Script::new()).await;
    let _silent = stage.raw().await;
    let _kept_alive = stage.keep_alive().await;

    stage.shut_down().await;
}

#[tokio::test]
async fn running_functions_are_waited_for() {
    let gate = Arc::new(Semaphore::new(0));
    let mut stage = Stage::start(Script::new().waits(Function::Message, gate.clone())).await;
    let mut client = stage.client().await;
    client.say("long").await;
    stage.call(Function::Message).await;

    let (mut calls, serving) = stage.begin_shut_down();
    let disconnect = soon(calls.recv()).await.unwrap();
    assert_eq!(disconnect.function, Function::Disconnect);
    assert!(!serving.is_finished());
    gate.add_permits(1);

    soon(serving).await.unwrap();
}

#[tokio::test]
async fn wait_for_functions_is_bounded() {
    let mut stage = Stage::start(Script::new().hangs(Function::Disconnect)).await;
    let _client = stage.client().await;
    let clock = stage.clock.clone();

    let (mut calls, serving) = stage.begin_shut_down();
    soon(calls.recv()).await.unwrap();
    clock.advance(Duration::from_millis(9_999));
    tokio::task::yield_now().await;
    assert!(!serving.is_finished());
    clock.advance(Duration::from_millis(1));

    soon(serving).await.unwrap();
}

#[tokio::test]
async fn gateway_that_is_dropped_closes_its_sockets() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;

    stage.abort();

    assert_eq!(client.closed().await, (1001, "Going away".to_owned()));
    stage.call(Function::Disconnect).await;
}
