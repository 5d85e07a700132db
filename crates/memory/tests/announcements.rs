//! Pub/sub in memory, with the gaps that pub/sub has.

use futures_util::FutureExt;
use llama_ws_core::ports::{Announcements, Heard, Listener};
use llama_ws_memory::MemoryAnnouncements;

fn message(channel: &str, payload: &str) -> Heard {
    Heard::Message {
        channel: channel.to_owned(),
        payload: payload.to_owned(),
    }
}

#[tokio::test]
async fn every_listener_hears_what_is_published_from_then_on() {
    let server = MemoryAnnouncements::new();
    assert_eq!(server.publish("events:prices", "too early"), 0);
    let mut first = server.listen().await.unwrap();
    assert_eq!(server.publish("events:prices", "1"), 1);
    let mut second = server.listen().await.unwrap();
    assert_eq!(server.publish("events:tvl", "2"), 2);

    assert_eq!(first.next().await, message("events:prices", "1"));
    assert_eq!(first.next().await, message("events:tvl", "2"));
    assert_eq!(second.next().await, message("events:tvl", "2"));
}

#[tokio::test]
async fn other_channels_are_not_heard() {
    let server = MemoryAnnouncements::new();
    let mut listener = server.listen().await.unwrap();

    assert_eq!(server.publish("prices", "1"), 0);

    assert_eq!(listener.next().now_or_never(), None);
}

#[tokio::test]
async fn an_interruption_is_heard_in_its_place() {
    let server = MemoryAnnouncements::new();
    let mut listener = server.listen().await.unwrap();

    server.publish("events:prices", "1");
    server.interrupt();
    server.publish("events:prices", "2");

    assert_eq!(listener.next().await, message("events:prices", "1"));
    assert_eq!(listener.next().await, Heard::Interrupted);
    assert_eq!(listener.next().await, message("events:prices", "2"));
}

#[tokio::test]
async fn a_listener_that_falls_behind_is_told_that_it_missed_something() {
    let server = MemoryAnnouncements::new();
    let mut listener = server.listen().await.unwrap();

    for n in 0..20_000 {
        server.publish("events:prices", &n.to_string());
    }

    assert_eq!(listener.next().await, Heard::Interrupted);
    let last = message("events:prices", "19999");
    while listener.next().await != last {}
}

#[tokio::test]
async fn silence_is_not_an_end() {
    let server = MemoryAnnouncements::new();
    let mut listener = server.listen().await.unwrap();

    drop(server);

    assert_eq!(listener.next().now_or_never(), None);
}

#[tokio::test]
async fn nobody_can_listen_to_a_server_that_is_away() {
    let server = MemoryAnnouncements::new();

    server.fail(true);
    assert_eq!(server.listen().await.unwrap_err().store, "redis");
    server.fail(false);
    assert!(server.listen().await.is_ok());
}
