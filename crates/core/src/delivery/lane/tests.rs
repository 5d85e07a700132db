use std::sync::Arc;

mod bounds;
mod model;
mod thinning;

use super::*;
use crate::channel::SpelledChannel;
use crate::delivery::SharedEvent;
use crate::event::{Arrival, Event, Target};
use crate::filter::Filters;
use crate::identifier::EventId;
use crate::routing::RoutedEvent;
use crate::subscription::{ChannelOptions, Subscription};

const LATER: UnixMillis = UnixMillis(100_000);

const fn at(ms: u64) -> Offset {
    Offset::new(ms, 0)
}

fn message(ms: u64) -> Load {
    sized_message(ms, 1)
}

fn sized_message(ms: u64, bytes: usize) -> Load {
    let json = format!(r#"{{"type":"x","data":{{"a":"{}"}}}}"#, "d".repeat(bytes));
    load(ms, &json, &["general"])
}

/// A price of a token, as it comes on these channels.
fn price(ms: u64, token: &str, channels: &[&str]) -> Load {
    let json = format!(r#"{{"type":"price_update","data":{{"tokenId":"{token}"}}}}"#);
    load(ms, &json, channels)
}

fn alert(ms: u64) -> Load {
    load(ms, r#"{"type":"alert","data":{}}"#, &["alerts"])
}

fn load(ms: u64, json: &str, channels: &[&str]) -> Load {
    let arrival = Arrival {
        now: UnixMillis(1),
        fallback_id: EventId::new("e"),
        target: Target::default(),
    };
    let event = Event::parse(json, arrival).unwrap();
    let event = SharedEvent::new(RoutedEvent::new(Arc::new(event)), at(ms));
    Load::Message(Message {
        event: Arc::new(event),
        channels: channels.iter().map(|&channel| channel.into()).collect(),
    })
}

/// Options of channels that conflate, beside `alerts` and `tvl`, which do not.
fn options(batch: bool, max_rate: Option<f64>, conflating: &[&str]) -> LaneOptions {
    let mut subscription = Subscription::new(UnixMillis(0));
    let others = ["alerts", "tvl"].map(|name| (name, false));
    for (name, conflate) in conflating.iter().map(|name| (*name, true)).chain(others) {
        subscription.subscribe(
            &[SpelledChannel::parse(name).unwrap()],
            Filters::default(),
            ChannelOptions { conflate },
        );
    }
    subscription.update_delivery(Some(batch), max_rate);
    LaneOptions::of(Some(&subscription))
}

fn lane_with(options: LaneOptions) -> Lane {
    let mut lane = lane();
    lane.configure(options, UnixMillis(0));
    lane
}

/// The messages of the next frame, each as `offset after prev`.
fn next_frame(lane: &mut Lane, now: UnixMillis) -> Vec<String> {
    let Some(Job::Post(frame)) = lane.next(now) else {
        return Vec::new();
    };
    let frame: serde_json::Value = serde_json::from_slice(&frame).unwrap();
    let messages = match frame["type"].as_str() {
        Some("batch") => frame["messages"].as_array().unwrap().clone(),
        _ => vec![frame],
    };
    let text = |message: &serde_json::Value, field: &str| {
        message[field].as_str().unwrap_or("null").to_owned()
    };
    messages
        .iter()
        .map(|message| {
            format!(
                "{} after {}",
                text(message, "offset"),
                text(message, "prev")
            )
        })
        .collect()
}

fn lane() -> Lane {
    Lane::new(UnixMillis(0), Marks::default())
}

/// The next frame's own offset and `prev`.
fn next(lane: &mut Lane) -> Option<(String, String)> {
    match lane.next(LATER)? {
        Job::Close => Some(("close".into(), String::new())),
        Job::Post(frame) => {
            let frame: serde_json::Value = serde_json::from_slice(&frame).unwrap();
            let text = |field: &str| frame[field].as_str().unwrap_or("null").to_owned();
            Some((text("offset"), text("prev")))
        }
    }
}

fn deliver(lane: &mut Lane) -> Verdict {
    lane.finish(PostOutcome::Delivered, LATER, 0)
}

fn pair(offset: &str, prev: &str) -> Option<(String, String)> {
    Some((offset.to_owned(), prev.to_owned()))
}

#[test]
fn one_post_is_in_flight_and_each_message_names_the_one_before() {
    let mut lane = lane();
    lane.push(message(1));
    lane.push(message(2));

    assert_eq!(next(&mut lane), pair("1-0", "0-0"));
    assert_eq!(next(&mut lane), None);
    assert_eq!(
        deliver(&mut lane),
        Verdict::Done {
            offsets: vec![at(1)],
            delivered: true
        }
    );
    assert_eq!(next(&mut lane), pair("2-0", "1-0"));
    assert_eq!(
        lane.marks(),
        Marks {
            sent: at(1),
            due: at(2)
        }
    );
}

#[test]
fn a_failed_post_is_tried_four_times_and_then_shows_as_a_gap() {
    let mut lane = lane();
    lane.push(message(1));
    for _ in 0..3 {
        assert_eq!(next(&mut lane), pair("1-0", "0-0"));
        assert_eq!(
            lane.finish(PostOutcome::Failed, UnixMillis(0), 7),
            Verdict::Retry
        );
    }
    assert_eq!(next(&mut lane), pair("1-0", "0-0"));
    let given_up = lane.finish(PostOutcome::Failed, LATER, 7);
    assert_eq!(
        given_up,
        Verdict::Done {
            offsets: vec![at(1)],
            delivered: false
        }
    );

    lane.push(message(2));
    assert_eq!(next(&mut lane), pair("2-0", "1-0"));
}

#[test]
fn a_retry_waits_and_the_wait_grows() {
    let mut lane = lane();
    lane.push(message(1));
    for longest in [200, 400, 800] {
        let now = LATER.plus(Duration::from_secs(longest));
        assert!(lane.next(now).is_some());
        assert_eq!(
            lane.finish(PostOutcome::Throttled, now, u64::MAX),
            Verdict::Retry
        );
        let wakes_at = lane.wakes_at(now).unwrap();
        let pause = u64::try_from(wakes_at.since(now).as_millis()).unwrap();
        assert!(
            (longest / 2..=longest).contains(&pause),
            "{pause} of {longest}"
        );
        assert!(lane.next(UnixMillis(wakes_at.0 - 1)).is_none());
    }
}

#[test]
fn gone_is_believed_unless_the_connection_is_just_settling() {
    let mut lane = Lane::new(UnixMillis(1_000), Marks::default());
    lane.push(message(1));
    lane.next(UnixMillis(1_000));
    assert_eq!(
        lane.finish(PostOutcome::Gone, UnixMillis(5_999), 0),
        Verdict::Retry
    );
    lane.next(UnixMillis(6_500));
    assert_eq!(
        lane.finish(PostOutcome::Gone, UnixMillis(6_500), 0),
        Verdict::Gone
    );
    assert_eq!(lane.abandon(), [at(1)]);
}

#[test]
fn too_large_is_skipped_at_once_and_shows_as_a_gap() {
    let mut lane = lane();
    lane.push(message(1));
    lane.push(message(2));
    next(&mut lane);

    assert_eq!(
        lane.finish(PostOutcome::TooLarge, LATER, 0),
        Verdict::Done {
            offsets: vec![at(1)],
            delivered: false
        }
    );
    assert_eq!(next(&mut lane), pair("2-0", "1-0"));
}

#[test]
fn what_an_unsubscribe_takes_out_was_never_due() {
    let mut lane = lane();
    (1..=3).for_each(|ms| {
        lane.push(message(ms));
    });
    assert_eq!(
        lane.recheck(|message| message.offset() == at(3)),
        [at(1), at(2)]
    );
    assert_eq!(next(&mut lane), pair("3-0", "0-0"));
}

#[test]
fn after_a_gap_in_the_log_the_predecessor_is_unknown() {
    let mut lane = lane();
    lane.push(message(1));
    next(&mut lane);
    deliver(&mut lane);
    assert!(lane.forget_predecessor(at(2)));
    lane.push(message(3));
    assert_eq!(next(&mut lane), pair("3-0", "null"));
}

#[test]
fn a_gap_before_what_was_due_last_is_no_news() {
    let mut lane = lane();
    lane.push(message(2));
    next(&mut lane);
    deliver(&mut lane);
    assert!(!lane.forget_predecessor(at(1)));
    assert!(!lane.forget_predecessor(at(2)));
    lane.push(message(3));
    assert_eq!(next(&mut lane), pair("3-0", "2-0"));
}

#[test]
fn whoever_goes_on_need_not_look_before_the_connection_joined_nor_before_a_gap() {
    let marks = |sent, due| Marks {
        sent: at(sent),
        due: at(due),
    };
    let mut lane = Lane::joined(UnixMillis(0), at(5));
    assert_eq!(lane.marks(), marks(5, 5));
    lane.push(message(6));
    assert_eq!(lane.marks(), marks(5, 6));
    next(&mut lane);
    assert_eq!(lane.marks(), marks(5, 6));

    // What is owed from before a gap still is.
    lane.forget_predecessor(at(7));
    lane.push(message(8));
    assert_eq!(lane.marks(), marks(0, 8));
    deliver(&mut lane);
    assert_eq!(lane.marks(), marks(7, 8));
    assert_eq!(next(&mut lane), pair("8-0", "null"));
    deliver(&mut lane);
    assert_eq!(lane.marks(), marks(8, 8));
}

#[test]
fn a_close_comes_after_everything_before_it_and_ends_the_lane() {
    let mut lane = lane();
    lane.push(message(1));
    lane.push(Load::Control(Bytes::from_static(
        br#"{"offset":"goodbye"}"#,
    )));
    lane.push(Load::Close);

    assert_eq!(next(&mut lane), pair("1-0", "0-0"));
    deliver(&mut lane);
    assert_eq!(next(&mut lane), pair("goodbye", "null"));
    assert_eq!(
        deliver(&mut lane),
        Verdict::Done {
            offsets: vec![],
            delivered: true
        }
    );
    assert_eq!(next(&mut lane), pair("close", ""));
    assert_eq!(deliver(&mut lane), Verdict::Gone);
}
