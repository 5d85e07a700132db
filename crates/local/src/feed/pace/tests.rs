//! The pace in virtual time.

use std::convert::Infallible;

use llama_ws_memory::ManualClock;
use llama_ws_publisher::Event;
use tokio::sync::mpsc;

use super::*;

const START: UnixMillis = UnixMillis(1_764_000_000_000);

fn pace(rate: f64, count: Option<u64>) -> Pace {
    Pace {
        rate: Rate::per_second(rate).unwrap(),
        count,
    }
}

fn at(millis: u64) -> UnixMillis {
    START.plus(Duration::from_millis(millis))
}

/// What is due when the clock shows each of `millis`, if everything due is sent at once.
#[track_caller]
fn check(rate: f64, millis: &[u64], expected: &[u64]) {
    let mut schedule = Schedule::new(START, pace(rate, None));
    let due: Vec<u64> = millis
        .iter()
        .map(|millis| {
            let due = schedule.due(at(*millis));
            schedule.sent += due;
            due
        })
        .collect();
    assert_eq!(due, expected, "{rate} a second");
}

#[test]
fn events_come_due_one_interval_after_the_other() {
    check(
        5.0,
        &[0, 199, 200, 201, 399, 400, 1_000],
        &[1, 0, 1, 0, 0, 1, 3],
    );
    check(0.5, &[0, 1_999, 2_000, 3_999, 4_000], &[1, 0, 1, 0, 1]);
    check(10_000.0, &[0, 1, 20, 1_000], &[1, 10, 190, 9_800]);
}

#[test]
fn thirds_of_a_second_do_not_drift() {
    let mut schedule = Schedule::new(START, pace(3.0, None));
    for hour in 1..=10_u64 {
        for second in 0..3_600 {
            schedule.sent += schedule.due(at((hour - 1) * 3_600_000 + second * 1_000));
        }
    }

    // 36,000 seconds have been looked at, the last one at its beginning.
    assert_eq!(schedule.sent, 35_999 * 3 + 1);
}

#[test]
fn a_clock_that_goes_back_makes_nothing_due() {
    let mut schedule = Schedule::new(START, pace(5.0, None));
    schedule.sent = 1;

    assert_eq!(schedule.due(UnixMillis(0)), 0);
}

#[test]
fn what_is_too_late_is_forgotten() {
    // Two seconds late is caught up with …
    check(10.0, &[0, 2_100], &[1, 21]);
    // … more is not: the schedule starts again from now.
    check(10.0, &[0, 2_101, 2_201], &[1, 1, 1]);
    check(10.0, &[0, 3_600_000, 3_600_100], &[1, 1, 1]);
}

#[test]
fn wakes_come_at_the_next_event_or_a_tick_later() {
    let mut slow = Schedule::new(START, pace(5.0, None));
    slow.sent = 1;
    let mut fast = Schedule::new(START, pace(1_000.0, None));
    fast.sent = 1;

    assert_eq!(slow.wake_at(at(3)), at(200));
    assert_eq!(fast.wake_at(at(0)), at(20));
}

/// A sink that hands its batches to the test.
struct Handing(mpsc::UnboundedSender<Vec<Event>>);

impl Sink for Handing {
    type Error = Infallible;

    async fn publish(&mut self, events: Vec<Event>) -> Result<(), Infallible> {
        self.0.send(events).unwrap();
        Ok(())
    }
}

#[tokio::test]
async fn a_feed_follows_the_clock_and_ends_at_its_count() {
    let clock = ManualClock::new(START);
    let (sender, mut batches) = mpsc::unbounded_channel();
    let feeding = {
        let clock = clock.clone();
        tokio::spawn(async move {
            let generator = Generator::new(1, START);
            run(generator, &mut Handing(sender), &clock, pace(4.0, Some(3))).await
        })
    };

    for wanted in [0, 250, 500] {
        let batch = batches.recv().await.unwrap();
        let times: Vec<u64> = batch
            .iter()
            .map(|event| event.timestamp - START.0)
            .collect();
        assert_eq!(times, [wanted]);
        clock.advance(Duration::from_millis(250));
    }

    assert!(feeding.await.unwrap().is_ok());
    assert!(batches.recv().await.is_none());
}

#[tokio::test]
async fn fast_feeds_publish_batches_of_a_bounded_size() {
    let clock = ManualClock::new(START);
    let (sender, mut batches) = mpsc::unbounded_channel();
    let mut sink = Handing(sender);
    let feeding = run(
        Generator::new(1, START),
        &mut sink,
        &clock,
        pace(50_000.0, Some(1_101)),
    );
    let driving = async {
        let mut sizes = Vec::new();
        for batches_of_a_tick in [1, 2, 1] {
            for _ in 0..batches_of_a_tick {
                sizes.push(batches.recv().await.unwrap().len());
            }
            clock.advance(TICK);
        }
        sizes
    };

    let (fed, sizes) = tokio::join!(feeding, driving);

    assert!(fed.is_ok());
    assert_eq!(sizes, [1, 500, 500, 100]);
}
