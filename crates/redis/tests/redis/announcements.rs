//! Pub/sub: what is published is heard, and a lost connection is told.

use std::time::Duration;

use llama_ws_core::ports::{Announcements, Heard, Listener};
use llama_ws_test_servers::redis::{Redis, Setup};
use tokio::time::timeout;

on_every_server! {
    what_is_published_on_events_is_heard_in_order
    a_lost_connection_is_told_once_it_is_back
    a_server_that_hangs_is_an_interruption
}

use crate::cells::{cell, impatient_cell, on_every_server};

const PATIENCE: Duration = Duration::from_secs(10);

async fn publish(server: &Redis, message: &str) {
    let publish = format!("PUBLISH {message}");
    server.open(&publish).await.line().await;
}

async fn next(listener: &mut impl Listener) -> Heard {
    timeout(PATIENCE, listener.next()).await.unwrap()
}

fn message(channel: &str, payload: &str) -> Heard {
    Heard::Message {
        channel: channel.to_owned(),
        payload: payload.to_owned(),
    }
}

async fn what_is_published_on_events_is_heard_in_order(setup: Setup) {
    let server = Redis::start(setup);
    let mut listener = cell(&server).listen().await.unwrap();

    for n in 0..50 {
        publish(&server, &format!("events:prices {n}")).await;
        publish(&server, "other no").await;
    }

    for n in 0..50 {
        let heard = next(&mut listener).await;
        assert_eq!(heard, message("events:prices", &n.to_string()));
    }
}

async fn a_lost_connection_is_told_once_it_is_back(setup: Setup) {
    let server = Redis::start(setup);
    let mut listener = cell(&server).listen().await.unwrap();

    for _ in 0..2 {
        server.say("CLIENT KILL TYPE pubsub").await;
        assert_eq!(next(&mut listener).await, Heard::Interrupted);
        publish(&server, "events:alerts back").await;
        assert_eq!(next(&mut listener).await, message("events:alerts", "back"));
    }
}

/// A dead peer says nothing, as a quiet channel does.
async fn a_server_that_hangs_is_an_interruption(setup: Setup) {
    let server = Redis::start(setup);
    let mut listener = impatient_cell(&server).listen().await.unwrap();

    server.signal("-STOP");
    // Nothing is heard, but the listener must notice: the server goes on once it has.
    let heard = timeout(Duration::from_secs(3), listener.next()).await;
    heard.unwrap_err();
    server.signal("-CONT");

    assert_eq!(next(&mut listener).await, Heard::Interrupted);
    publish(&server, "events:alerts back").await;
    assert_eq!(next(&mut listener).await, message("events:alerts", "back"));
}
