//! A lane is bounded; what has to make room shows as a gap.

use super::*;
use crate::delivery::queue::{MAX_WAITING, MAX_WAITING_BYTES};

#[test]
fn a_full_lane_drops_its_oldest_and_the_gap_shows() {
    let mut lane = lane();
    for ms in 1..=1_000 {
        assert_eq!(lane.push(message(ms)), Displaced::default());
    }
    assert_eq!(lane.waiting(), MAX_WAITING);
    assert_eq!(lane.push(message(1_001)).dropped, [at(1)]);
    assert_eq!(lane.waiting(), MAX_WAITING);
    assert_eq!(next(&mut lane), pair("2-0", "1-0"));
}

#[test]
fn bytes_are_bounded_to_the_last_one() {
    let overhead = sized_message(10, 0).bytes();
    let filling = |lane: &mut Lane, more: usize| {
        for ms in 10..20 {
            assert_eq!(lane.push(sized_message(ms, 100_000)), Displaced::default());
        }
        let rest = MAX_WAITING_BYTES - 10 * 100_000 - 11 * overhead;
        lane.push(sized_message(20, rest + more)).dropped
    };
    assert_eq!(filling(&mut lane(), 0), []);
    assert_eq!(filling(&mut lane(), 1), [at(10)]);
}

#[test]
fn prices_make_room_first_then_other_news_and_alerts_last() {
    let mut lane = lane_with(options(false, None, &["prices"]));
    lane.push(alert(1));
    lane.push(message(2));
    for ms in 3..=1_000 {
        lane.push(price(ms, &format!("t{ms}"), &["prices"]));
    }
    assert_eq!(lane.push(alert(1_001)).dropped, [at(3)]);
    for ms in 1_002..=1_998 {
        assert_eq!(lane.push(alert(ms)).dropped, [at(ms - 998)]);
    }
    assert_eq!(lane.push(alert(1_999)).dropped, [at(2)]);
    assert_eq!(lane.push(alert(2_000)).dropped, [at(1)]);
}

#[test]
fn what_made_room_is_the_predecessor_of_the_message_after_it() {
    let mut lane = lane_with(options(true, None, &["prices"]));
    lane.push(message(1));
    lane.push(price(2, "a", &["prices"]));
    lane.push(price(3, "b", &["prices"]));
    for ms in 4..=1_002 {
        lane.push(message(ms));
    }
    let frame = next_frame(&mut lane, LATER);
    let begin = ["1-0 after 0-0", "4-0 after 3-0", "5-0 after 4-0"];
    assert_eq!(frame[..3], begin);
}

#[test]
fn a_checkpoint_counts_what_made_room_as_due() {
    let mut lane = lane_with(options(false, None, &["prices"]));
    lane.push(price(1, "a", &["prices"]));
    for ms in 2..=1_001 {
        lane.push(message(ms));
    }
    lane.recheck(|_| false);
    let marks = lane.marks();
    assert_eq!((marks.sent, marks.due), (at(0), at(1)));
}
