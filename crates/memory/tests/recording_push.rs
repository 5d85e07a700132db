//! The recording end of the way to clients.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::join3;
use llama_ws_core::ports::{PostOutcome, Push};
use llama_ws_core::{ConnectionId, UnixMillis};
use llama_ws_memory::{ManualClock, RecordingPush};

const START: UnixMillis = UnixMillis(1_000);

fn push() -> (RecordingPush<ManualClock>, ManualClock) {
    let clock = ManualClock::new(START);
    (RecordingPush::new(clock.clone()), clock)
}

fn ids() -> (ConnectionId, ConnectionId) {
    (ConnectionId::new("a"), ConnectionId::new("b"))
}

fn frame(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[tokio::test]
async fn frames_are_kept_in_order_and_by_connection() {
    let (push, _) = push();
    let (a, b) = ids();

    for (id, text) in [(&a, "1"), (&b, "2"), (&a, "3")] {
        assert_eq!(push.post(id, frame(text)).await, PostOutcome::Delivered);
    }
    assert_eq!(push.close(&b).await, PostOutcome::Delivered);

    assert_eq!(push.frames(&a), [frame("1"), frame("3")]);
    assert_eq!(push.frames(&b), [frame("2")]);
    assert_eq!(push.posts().len(), 3);
    assert_eq!(push.closed(), [b]);
}

#[tokio::test]
async fn scripted_answers_are_given_once_each_and_undelivered_frames_are_no_frames() {
    let (push, _) = push();
    let (a, b) = ids();
    push.answer(&a, [PostOutcome::Throttled, PostOutcome::Gone]);

    let mut outcomes = Vec::new();
    for id in [&a, &b, &a, &a] {
        outcomes.push(push.post(id, frame("x")).await);
    }

    let [throttled, gone] = [PostOutcome::Throttled, PostOutcome::Gone];
    let delivered = PostOutcome::Delivered;
    assert_eq!(outcomes, [throttled, delivered, gone, delivered]);
    assert_eq!(push.frames(&a).len(), 1);
    let recorded: Vec<_> = push.posts().iter().map(|post| post.outcome).collect();
    assert_eq!(recorded, outcomes);
}

#[tokio::test]
async fn a_slow_post_is_answered_when_the_clock_says_so() {
    let (push, clock) = push();
    let (a, _) = ids();
    push.delay(Duration::from_millis(20));

    let mut post = Box::pin(push.post(&a, frame("x")));
    assert_eq!(post.as_mut().now_or_never(), None);
    clock.advance(Duration::from_millis(19));
    assert_eq!(post.as_mut().now_or_never(), None);
    assert!(push.posts().is_empty());
    clock.advance(Duration::from_millis(1));
    assert_eq!(post.await, PostOutcome::Delivered);

    assert_eq!(push.posts()[0].at, START.plus(Duration::from_millis(20)));
}

#[tokio::test]
async fn the_most_in_flight_is_counted_by_connection() {
    let (push, clock) = push();
    let (a, b) = ids();
    push.delay(Duration::from_millis(1));

    let side_by_side = join3(
        push.post(&a, frame("1")),
        push.post(&b, frame("2")),
        async {
            clock.advance(Duration::from_millis(1));
        },
    );
    side_by_side.await;
    assert_eq!(push.most_in_flight(), 1);

    drop(push.post(&a, frame("never polled")));
    {
        let mut given_up = Box::pin(push.post(&a, frame("given up")));
        assert_eq!(given_up.as_mut().now_or_never(), None);
    }
    let again = join3(
        push.post(&a, frame("3")),
        push.post(&a, frame("4")),
        async {
            clock.advance(Duration::from_millis(1));
        },
    );
    again.await;
    assert_eq!(push.most_in_flight(), 2);
}

#[tokio::test]
async fn a_test_can_wait_for_a_number_of_posts() {
    let (push, _) = push();
    let (a, _) = ids();
    let mut wait = Box::pin(push.wait_for_posts(2));

    push.post(&a, frame("1")).await;
    assert_eq!(wait.as_mut().now_or_never(), None);
    push.post(&a, frame("2")).await;

    wait.await;
}
