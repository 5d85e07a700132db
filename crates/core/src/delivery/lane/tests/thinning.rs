//! Fewer frames: packing, conflation and pace.

use super::*;
use crate::delivery::pack::MAX_PACKED_BYTES;

const PRICES: &[&str] = &["prices"];

fn post(lane: &mut Lane) -> Vec<String> {
    let frame = next_frame(lane, LATER);
    deliver(lane);
    frame
}

#[test]
fn a_batch_takes_all_that_waits_and_its_outcome_is_that_of_each() {
    let mut lane = lane_with(options(true, None, &[]));
    lane.push(message(1));
    assert_eq!(next_frame(&mut lane, LATER), ["1-0 after 0-0"]);
    (2..=4).for_each(|ms| {
        lane.push(message(ms));
    });
    assert!(next_frame(&mut lane, LATER).is_empty(), "one in flight");
    deliver(&mut lane);

    assert_eq!(
        next_frame(&mut lane, LATER),
        ["2-0 after 1-0", "3-0 after 2-0", "4-0 after 3-0"]
    );
    let marks = lane.marks();
    assert_eq!((marks.sent, marks.due), (at(1), at(4)));
    assert_eq!(
        deliver(&mut lane),
        Verdict::Done {
            offsets: vec![at(2), at(3), at(4)],
            delivered: true
        }
    );
    assert_eq!(lane.marks().sent, at(4));
}

#[test]
fn one_message_goes_as_it_is_and_several_in_a_batch() {
    let mut lane = lane_with(options(true, None, &[]));
    lane.push(message(1));
    let Some(Job::Post(alone)) = lane.next(LATER) else {
        panic!("a post");
    };
    assert!(alone.starts_with(br#"{"type":"x","channel":"general""#));
    deliver(&mut lane);
    lane.push(message(2));
    lane.push(message(3));
    let Some(Job::Post(both)) = lane.next(LATER) else {
        panic!("a post");
    };
    let text = std::str::from_utf8(&both).unwrap();
    let message = |ms: u64| {
        let prev = ms - 1;
        format!(
            r#"{{"type":"x","channel":"general","data":{{"a":"d"}},"timestamp":1,"eventId":"e","offset":"{ms}-0","prev":"{prev}-0","metadata":{{"sentAt":100000,"priority":"normal"}}}}"#
        )
    };
    assert_eq!(
        text,
        format!(
            r#"{{"type":"batch","messages":[{},{}]}}"#,
            message(2),
            message(3)
        )
    );
}

#[test]
fn a_batch_is_full_at_its_last_byte() {
    // What a batch of two adds to the data of its second message.
    let mut probe = lane_with(options(true, None, &[]));
    probe.push(sized_message(1, 1_000));
    probe.push(sized_message(2, 0));
    let Some(Job::Post(frame)) = probe.next(LATER) else {
        panic!("a post");
    };
    let room = MAX_PACKED_BYTES - frame.len();
    for (bytes, messages) in [(room - 1, 2), (room, 2), (room + 1, 1)] {
        let mut lane = lane_with(options(true, None, &[]));
        lane.push(sized_message(1, 1_000));
        lane.push(sized_message(2, bytes));
        assert_eq!(post(&mut lane).len(), messages, "{bytes}");
        let rest = 2 - messages;
        assert_eq!(post(&mut lane).len(), rest, "{bytes}");
    }
}

#[test]
fn a_message_larger_than_a_batch_goes_alone() {
    let mut lane = lane_with(options(true, None, &[]));
    lane.push(message(1));
    lane.push(sized_message(2, 40_000));
    lane.push(message(3));
    assert_eq!(post(&mut lane), ["1-0 after 0-0"]);
    assert_eq!(post(&mut lane), ["2-0 after 1-0"]);
    assert_eq!(post(&mut lane), ["3-0 after 2-0"]);
}

#[test]
fn a_frame_of_the_services_own_keeps_its_place_between_batches() {
    let mut lane = lane_with(options(true, None, &[]));
    lane.push(message(1));
    lane.push(message(2));
    lane.push(Load::Control(Bytes::from_static(br#"{"offset":"own"}"#)));
    lane.push(message(3));
    assert_eq!(post(&mut lane), ["1-0 after 0-0", "2-0 after 1-0"]);
    assert_eq!(post(&mut lane), ["own after null"]);
    assert_eq!(post(&mut lane), ["3-0 after 2-0"]);
}

#[test]
fn the_latest_of_a_key_goes_in_its_own_place_and_the_others_were_never_due() {
    let mut lane = lane_with(options(true, None, PRICES));
    lane.push(price(1, "a", PRICES));
    lane.push(price(2, "b", PRICES));
    lane.push(alert(3));
    assert_eq!(lane.push(price(4, "a", PRICES)).superseded, [at(1)]);
    assert_eq!(
        post(&mut lane),
        ["2-0 after 0-0", "3-0 after 2-0", "4-0 after 3-0"]
    );
    assert_eq!(
        lane.push(price(5, "a", PRICES)),
        Displaced::default(),
        "what was sent is not superseded"
    );
}

#[test]
fn alerts_private_events_and_channels_without_the_option_are_never_conflated() {
    let private = |ms| {
        load(
            ms,
            r#"{"type":"price_update","userId":"u","data":{"tokenId":"a"}}"#,
            PRICES,
        )
    };
    let rows: [fn(u64) -> Load; 4] = [
        alert,
        private,
        |ms| price(ms, "a", &["tvl"]),
        |ms| price(ms, "a", &["prices", "tvl"]),
    ];
    for make in rows {
        let mut lane = lane_with(options(true, None, PRICES));
        lane.push(make(1));
        assert_eq!(lane.push(make(2)), Displaced::default());
        assert_eq!(lane.waiting(), 2);
    }
}

#[test]
fn another_token_type_or_chain_is_another_key() {
    let on_chain = |ms, chain: &str| {
        let json =
            format!(r#"{{"type":"price_update","data":{{"tokenId":"a","chain":"{chain}"}}}}"#);
        load(ms, &json, PRICES)
    };
    let tvl = |ms, event_type: &str| {
        let json = format!(r#"{{"type":"{event_type}","data":{{"protocolId":"a"}}}}"#);
        load(ms, &json, PRICES)
    };
    let mut lane = lane_with(options(true, None, PRICES));
    for load in [
        price(1, "a", PRICES),
        price(2, "b", PRICES),
        on_chain(3, "base"),
        on_chain(4, "bsc"),
        tvl(5, "tvl_change"),
        tvl(6, "tvl_update"),
    ] {
        assert_eq!(lane.push(load), Displaced::default());
    }
    assert_eq!(lane.push(on_chain(7, "Base")).superseded, [at(3)]);
}

#[test]
fn a_later_message_replaces_only_what_it_covers() {
    let channels = ["prices", "token:a"];
    let mut lane = lane_with(options(true, None, &channels));
    lane.push(price(1, "a", &["prices"]));
    // It does not come on `prices`, so for that channel the first is still the latest.
    assert_eq!(lane.push(price(2, "a", &["token:a"])), Displaced::default());
    assert_eq!(lane.push(price(3, "a", &["token:a"])).superseded, [at(2)]);
    assert_eq!(
        lane.push(price(4, "a", &channels)).superseded,
        [at(1), at(3)]
    );
    assert_eq!(post(&mut lane), ["4-0 after 0-0"]);
}

#[test]
fn options_that_change_count_for_what_waits() {
    let mut lane = lane();
    lane.push(price(1, "a", PRICES));
    lane.push(price(2, "a", PRICES));
    lane.configure(options(true, None, PRICES), LATER);
    assert_eq!(lane.recheck(|_| true), [at(1)]);
    lane.configure(options(false, None, &[]), LATER);
    assert_eq!(lane.recheck(|_| true), []);
    assert_eq!(lane.push(price(3, "a", PRICES)), Displaced::default());
    assert_eq!(post(&mut lane), ["2-0 after 0-0"]);
}

#[test]
fn a_paced_lane_waits_with_messages_but_not_with_the_end() {
    let mut lane = lane_with(options(true, Some(1.0), &[]));
    let now = UnixMillis(10_000);
    lane.push(message(1));
    assert_eq!(next_frame(&mut lane, now), ["1-0 after 0-0"]);
    lane.finish(PostOutcome::Delivered, now, 0);
    assert_eq!(lane.wakes_at(now), None, "nothing waits");
    lane.push(message(2));
    lane.push(message(3));
    assert_eq!(lane.wakes_at(now), Some(UnixMillis(11_000)));
    assert!(next_frame(&mut lane, UnixMillis(10_999)).is_empty());
    assert_eq!(next_frame(&mut lane, UnixMillis(11_000)).len(), 2);
    lane.finish(PostOutcome::Delivered, UnixMillis(11_001), 0);

    lane.push(message(4));
    assert!(next_frame(&mut lane, UnixMillis(11_500)).is_empty());
    lane.push(Load::Close);
    assert_eq!(lane.wakes_at(UnixMillis(11_500)), None);
    assert_eq!(next_frame(&mut lane, UnixMillis(11_500)).len(), 1);
}

#[test]
fn an_alert_does_not_wait_for_an_interval_that_prices_began() {
    let mut lane = lane_with(options(true, Some(1.0), PRICES));
    let now = UnixMillis(10_000);
    lane.push(price(1, "a", PRICES));
    next_frame(&mut lane, now);
    lane.finish(PostOutcome::Delivered, now, 0);
    lane.push(price(2, "a", PRICES));
    lane.push(alert(3));
    assert_eq!(
        next_frame(&mut lane, UnixMillis(10_010)),
        ["2-0 after 1-0", "3-0 after 2-0"]
    );
    lane.finish(PostOutcome::Delivered, UnixMillis(10_011), 0);
    lane.push(alert(4));
    assert_eq!(lane.wakes_at(UnixMillis(10_011)), Some(UnixMillis(11_000)));
}

#[test]
fn a_retry_is_the_same_frame_and_waits_for_no_pace() {
    let mut lane = lane_with(options(true, Some(0.1), PRICES));
    lane.push(price(1, "a", PRICES));
    let first = next_frame(&mut lane, LATER);
    lane.push(price(2, "a", PRICES));
    lane.finish(PostOutcome::Failed, LATER, 0);
    let wakes_at = lane.wakes_at(LATER).unwrap();
    assert!(wakes_at.since(LATER) < Duration::from_secs(1));
    assert_eq!(next_frame(&mut lane, wakes_at), first);
}
