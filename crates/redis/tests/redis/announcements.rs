//! Pub/sub: what is published is heard, and a lost connection is told.

use std::time::Duration;

use llama_ws_core::ports::{Announcements, Heard, Listener};
use tokio::time::timeout;

use crate::server::Server;

const PATIENCE: Duration = Duration::from_secs(10);

async fn next(listener: &mut impl Listener) -> Heard {
    timeout(PATIENCE, listener.next()).await.unwrap()
}

fn message(channel: &str, payload: &str) -> Heard {
    Heard::Message {
        channel: channel.to_owned(),
        payload: payload.to_owned(),
    }
}

#[tokio::test]
async fn what_is_published_on_events_is_heard_in_order() {
    let server = Server::start(&[]);
    let mut listener = server.cell().listen().await.unwrap();

    for n in 0..50 {
        server.say(&format!("PUBLISH events:prices {n}")).await;
        server.say("PUBLISH other no").await;
    }

    for n in 0..50 {
        let heard = next(&mut listener).await;
        assert_eq!(heard, message("events:prices", &n.to_string()));
    }
}

#[tokio::test]
async fn a_lost_connection_is_told_once_it_is_back() {
    let server = Server::start(&[]);
    let mut listener = server.cell().listen().await.unwrap();

    for _ in 0..2 {
        server.say("CLIENT KILL TYPE pubsub").await;
        assert_eq!(next(&mut listener).await, Heard::Interrupted);
        server.say("PUBLISH events:alerts back").await;
        assert_eq!(next(&mut listener).await, message("events:alerts", "back"));
    }
}

/// A dead peer says nothing, as a quiet channel does.
#[tokio::test]
async fn a_server_that_hangs_is_an_interruption() {
    let server = Server::start(&[]);
    let mut listener = server.impatient_cell().listen().await.unwrap();

    server.signal("-STOP");
    // Nothing is heard, but the listener must notice: the server goes on once it has.
    let heard = timeout(Duration::from_secs(3), listener.next()).await;
    heard.unwrap_err();
    server.signal("-CONT");

    assert_eq!(next(&mut listener).await, Heard::Interrupted);
    server.say("PUBLISH events:alerts back").await;
    assert_eq!(next(&mut listener).await, message("events:alerts", "back"));
}
