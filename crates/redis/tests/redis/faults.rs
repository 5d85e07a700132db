//! What goes wrong: forgotten scripts, a server that hangs, connections that break.

use std::time::Duration;

use llama_ws_core::ports::{
    Announcements, Cursor, EventLog, Health, Leases, Membership, Slot, Statistics, WorkLog,
};
use llama_ws_redis::{RedisCell, RedisConfig, RedisServer, RedisUrl};
use llama_ws_test_servers::redis::{Redis, Setup};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::cells::{cell, impatient_cell, on_every_server};
use crate::values::{append, candidate, document, event};

on_every_server! {
    forgotten_scripts_are_sent_again
    a_server_that_hangs_later_is_unavailable_and_then_back
    a_broken_connection_comes_back_within_the_call
    a_reader_whose_connection_breaks_goes_on
    a_connection_ends_with_whoever_used_it
}

/// A reply later than this fails the caller's own deadline.
const PATIENCE: Duration = Duration::from_secs(2);

async fn forgotten_scripts_are_sent_again(setup: Setup) {
    let server = Redis::start(setup);
    let cell = cell(&server);

    for _ in 0..2 {
        cell.publish(&document(), None).await.unwrap();
        append(&cell).await;
        cell.acquire(Slot::WHOLE, &candidate()).await.unwrap();
        assert_eq!(server.say("SCRIPT FLUSH").await, "+OK");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_unavailable_within_two_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = tokio::spawn(async move {
        let mut sockets = Vec::new();
        while let Ok(socket) = listener.accept().await {
            sockets.push(socket);
        }
    });
    let url = RedisUrl::new(format!("redis://127.0.0.1:{port}"));
    let cell = RedisCell::connect(&RedisConfig::new(RedisServer::Url(url))).unwrap();

    let (document, events, candidate) = (document(), [event()], candidate());
    let read = cell.read(
        Slot::WHOLE,
        Cursor::default(),
        1,
        Duration::from_millis(100),
    );
    let refused = async {
        tokio::join!(
            async { drop(cell.check().await.unwrap_err()) },
            async { drop(cell.publish(&document, None).await.unwrap_err()) },
            async { drop(cell.append(&events).await.unwrap_err()) },
            async { drop(cell.acquire(Slot::WHOLE, &candidate).await.unwrap_err()) },
            async { drop(cell.counts().await.unwrap_err()) },
            async { drop(read.await.unwrap_err()) },
            async { assert!(cell.listen().await.is_err()) },
        );
    };
    timeout(PATIENCE, refused).await.unwrap();

    silent.abort();
}

async fn a_server_that_hangs_later_is_unavailable_and_then_back(setup: Setup) {
    let server = Redis::start(setup);
    let cell = impatient_cell(&server);
    cell.check().await.unwrap();

    let read = async || {
        let wait = Duration::from_millis(100);
        cell.read(Slot::WHOLE, Cursor::default(), 1, wait).await
    };
    read().await.unwrap();

    server.signal("-STOP");
    let (command, reader) =
        tokio::join!(timeout(PATIENCE, cell.check()), timeout(PATIENCE, read()));
    command.unwrap().unwrap_err();
    reader.unwrap().unwrap_err();
    server.signal("-CONT");

    timeout(PATIENCE, async { while cell.check().await.is_err() {} })
        .await
        .unwrap();
    read().await.unwrap();
}

async fn a_broken_connection_comes_back_within_the_call(setup: Setup) {
    let server = Redis::start(setup);
    let cell = cell(&server);
    append(&cell).await;

    for _ in 0..3 {
        server.say("CLIENT KILL TYPE normal").await;
        append(&cell).await;
    }
}

async fn a_reader_whose_connection_breaks_goes_on(setup: Setup) {
    let server = Redis::start(setup);
    let cell = cell(&server);
    let start = Cursor {
        events: append(&cell).await,
        ..Cursor::default()
    };
    let waiting = async || server.info("clients", "blocked_clients").await;

    let read = async {
        loop {
            let read = cell.read(Slot::WHOLE, start, 10, Duration::from_secs(5));
            if let Ok(batch) = read.await
                && !batch.events.is_empty()
            {
                return batch;
            }
        }
    };
    let break_it = async {
        while waiting().await.iter().all(|clients| *clients == 0) {}
        server.say("CLIENT KILL TYPE normal").await;
        append(&cell).await
    };
    let (batch, offset) = tokio::join!(timeout(Duration::from_secs(4), read), break_it);

    assert_eq!(batch.unwrap().read_to.events, offset);
}

async fn a_connection_ends_with_whoever_used_it(setup: Setup) {
    let server = Redis::start(setup);
    let cell = cell(&server);
    let connected = async || server.info("clients", "connected_clients").await;
    let listener = cell.listen().await.unwrap();
    let read = cell.read(Slot::WHOLE, Cursor::default(), 1, Duration::from_secs(60));
    // The reader gives up while it waits.
    timeout(Duration::from_millis(50), read).await.unwrap_err();

    drop(listener);
    drop(cell);

    // Whoever asks is a client as well.
    timeout(PATIENCE, async {
        while connected().await.iter().any(|clients| *clients > 1) {}
    })
    .await
    .unwrap();
}
