//! What becomes of a batch.

use std::time::Duration;

use llama_ws_core::Priority;
use llama_ws_core::UnixMillis;
use llama_ws_core::ports::{Candidate, Leases, Slot};
use llama_ws_publisher::{
    Alert, Announcement, Event, EventFault, InvalidConfig, Outcome, PriceUpdate, Publisher,
    PublisherConfig,
};
use llama_ws_test_servers::redis::{Redis, Setup};

use crate::values::{NOW, cell, config, log, other, price, publisher};

#[tokio::test]
async fn each_event_has_its_outcome_in_order() {
    let server = Redis::start(Setup::Redis);
    let publisher = publisher(&server);
    let nan = Event::new("nan", NOW, PriceUpdate::new("ethereum", f64::NAN, 1.0));
    let large = other(
        "large",
        "news",
        format!(r#"{{"text":"{}"}}"#, "x".repeat(120 * 1024)),
    );
    let events = [
        price("one"),
        other("reserved", "pong", "{}".to_owned()),
        price("two"),
        price("one"),
        nan,
        large,
        price("not visible ascii"),
        other("list", "news", "[]".to_owned()),
        price("three"),
    ];

    let published = publisher.publish(&events).await.unwrap();

    let entries = log(&server).await;
    let ids: Vec<_> = entries.iter().map(|(_, event)| event.id.as_str()).collect();
    assert_eq!(ids, ["one", "two", "three"]);
    let accepted = |at: usize| Outcome::Accepted(entries[at].0);
    let outcomes = &published.outcomes;
    assert_eq!(outcomes.len(), events.len());
    assert_eq!(outcomes[0], accepted(0));
    assert_eq!(outcomes[2], accepted(1));
    assert_eq!(outcomes[3], Outcome::Duplicate);
    assert_eq!(outcomes[5], Outcome::Rejected(EventFault::TooLarge));
    assert_eq!(outcomes[8], accepted(2));
    for invalid in [1, 4, 6, 7] {
        let is_invalid = matches!(outcomes[invalid], Outcome::Rejected(EventFault::Invalid(_)));
        assert!(is_invalid, "{:?}", outcomes[invalid]);
    }
    assert_eq!(published.announcement, Announcement::Off);
}

#[tokio::test]
async fn a_worker_reads_what_was_published() {
    let server = Redis::start(Setup::Redis);
    let alert = Alert::new("a-1", "price_threshold", "above 70,000");
    let event = Event::new("alert", NOW, alert).for_user("user-1");

    let published = publisher(&server)
        .publish(std::slice::from_ref(&event))
        .await
        .unwrap();

    let [(offset, read)] = &log(&server).await[..] else {
        panic!("one event is in the log");
    };
    assert_eq!(published.outcomes, [Outcome::Accepted(*offset)]);
    assert_eq!(read.event_type, "alert");
    assert_eq!(read.timestamp, UnixMillis(NOW));
    assert_eq!(read.priority, Priority::High);
    assert_eq!(read.user_id.as_ref().unwrap().as_str(), "user-1");
    assert!(event.to_json().unwrap().contains(read.data.get()));
}

#[tokio::test]
async fn a_hundred_events_are_one_round_trip() {
    let server = Redis::start(Setup::Redis);
    let publisher = publisher(&server);
    // The server learns the script.
    publisher.publish(&[price("first")]).await.unwrap();
    let before = server.calls(["evalsha", "eval"]).await;
    let events: Vec<_> = (0..100).map(|n| price(&format!("e-{n}"))).collect();

    let published = publisher.publish(&events).await.unwrap();

    let after = server.calls(["evalsha", "eval"]).await;
    assert_eq!(after, [before[0] + 1, before[1]]);
    assert_eq!(published.outcomes.len(), 100);
    assert_eq!(log(&server).await.len(), 101);
}

#[tokio::test]
async fn after_an_error_the_same_events_may_be_published_again() {
    let server = Redis::start(Setup::Redis);
    let config = config(&server).deadline(Duration::from_millis(500));
    let publisher = Publisher::connect(&config).unwrap();
    while publisher.publish(&[price("first")]).await.is_err() {}
    let events = [price("second"), price("third")];

    server.signal("-STOP");
    let halted = publisher.publish(&events).await;
    server.signal("-CONT");

    assert!(halted.is_err(), "{halted:?}");
    let again = loop {
        if let Ok(published) = publisher.publish(&events).await {
            break published;
        }
    };
    for outcome in &again.outcomes {
        assert!(!matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
    }
    let entries = log(&server).await;
    let ids: Vec<_> = entries.iter().map(|(_, event)| event.id.as_str()).collect();
    assert_eq!(ids, ["first", "second", "third"]);
}

#[tokio::test]
async fn the_answer_tells_whether_a_worker_is_live() {
    let server = Redis::start(Setup::Redis);
    let publisher = publisher(&server);
    assert!(!publisher.publish(&[]).await.unwrap().worker_is_live);

    let worker = Candidate {
        owner: "worker".to_owned(),
        deadline: UnixMillis(4_000_000_000_000),
    };
    cell(&server).acquire(Slot::WHOLE, &worker).await.unwrap();

    let published = publisher.publish(&[price("one")]).await.unwrap();
    assert!(published.worker_is_live);
    let nothing = publisher.publish(&[]).await.unwrap();
    assert!(nothing.worker_is_live && nothing.outcomes.is_empty());
}

#[tokio::test]
async fn a_url_that_is_none_is_refused() {
    let refused = |config: PublisherConfig| Publisher::connect(&config).unwrap_err();

    let scheme = refused(PublisherConfig::new("http://cache"));
    assert_eq!(scheme, InvalidConfig::Scheme);
    let tag = refused(PublisherConfig::new("redis://cache").tag("{"));
    assert_eq!(tag, InvalidConfig::Tag("{".to_owned()));
}
