//! What listeners besides the service hear.

use llama_ws_publisher::{Announcement, Event, Outcome, PriceUpdate, Publisher};

use llama_ws_core::ports::{AppendOutcome, EventLog};
use llama_ws_core::{Arrival, EventId, Target, UnixMillis};
use llama_ws_test_servers::redis::{Redis, Setup};

use crate::values::{NOW, cell, config, log, other, price};

#[tokio::test]
async fn accepted_events_reach_a_plain_subscriber_as_they_are() {
    let server = Redis::start(Setup::Redis);
    let mut subscriber = server.subscriber().await;
    let publisher = Publisher::connect(&config(&server).announce(true)).unwrap();
    let on_chain = PriceUpdate::new("ethereum", 2_500.0, 2_750.5).chain("Base");
    let first = Event::new("first", NOW, on_chain);
    let last = other("last", "news", r#"{ "text" : "é" }"#.to_owned());
    let events = [
        first.clone(),
        first.clone(),
        other("reserved", "pong", "{}".to_owned()),
        last.clone(),
    ];

    let published = publisher.publish(&events).await.unwrap();

    assert_eq!(published.announcement, Announcement::Sent);
    assert_eq!(published.outcomes[1], Outcome::Duplicate);
    for (channel, event) in [
        ("events:prices", &first),
        ("events:token:ethereum", &first),
        ("events:chain:base", &first),
        ("events:chain:base:prices", &first),
        ("events:general", &last),
    ] {
        let expected = (channel.to_owned(), event.to_json().unwrap());
        assert_eq!(subscriber.next().await, expected);
    }
}

#[tokio::test]
async fn without_being_asked_nothing_is_announced() {
    let server = Redis::start(Setup::Redis);
    let mut subscriber = server.subscriber().await;
    let silent = Publisher::connect(&config(&server)).unwrap();
    let loud = Publisher::connect(&config(&server).announce(true)).unwrap();

    silent.publish(&[price("silent")]).await.unwrap();
    loud.publish(&[price("silent"), price("loud")])
        .await
        .unwrap();

    let (channel, json) = subscriber.next().await;
    assert_eq!(channel, "events:prices");
    assert_eq!(json, price("loud").to_json().unwrap());
    assert_eq!(log(&server).await.len(), 2);
}

#[tokio::test]
async fn what_the_service_hears_of_it_is_a_repeat() {
    let server = Redis::start(Setup::Redis);
    let mut subscriber = server.subscriber().await;
    let publisher = Publisher::connect(&config(&server).announce(true)).unwrap();
    publisher.publish(&[price("one")]).await.unwrap();
    let (_, json) = subscriber.next().await;
    let arrival = Arrival {
        now: UnixMillis(NOW),
        fallback_id: EventId::new("fallback"),
        target: Target::default(),
    };

    let heard = llama_ws_core::Event::parse(&json, arrival).unwrap();
    let appended = cell(&server).append(&[heard]).await.unwrap();

    assert_eq!(appended.outcomes, [AppendOutcome::Duplicate]);
}

#[tokio::test]
async fn an_announcement_that_fails_leaves_the_events_in_the_log() {
    let server = Redis::start(Setup::Redis);
    let publisher = Publisher::connect(&config(&server).announce(true)).unwrap();
    publisher.publish(&[price("one")]).await.unwrap();
    assert_eq!(server.say("ACL SETUSER default -publish").await, "+OK");

    let published = publisher.publish(&[price("two")]).await.unwrap();

    assert!(matches!(published.outcomes[..], [Outcome::Accepted(_)]));
    let Announcement::Failed(fault) = published.announcement else {
        panic!("{:?}", published.announcement);
    };
    assert!(!fault.to_string().contains("ethereum"), "{fault}");
    assert_eq!(log(&server).await.len(), 2);
}
