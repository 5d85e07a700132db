//! Steady publishing: event `n` is due at the start plus `n` intervals, however long the ones
//! before it took.

use std::time::Duration;

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;

use super::generator::Generator;
use super::rate::Rate;
use super::sink::Sink;

/// Events that are due within this time go out together: one request carries them all.
const TICK: Duration = Duration::from_millis(20);
/// A feed that is further behind than this (a slow server, a machine that slept) forgets the rest
/// instead of flooding.
const MAX_LAG: Duration = Duration::from_secs(2);
/// Most events of one batch.
const MAX_BATCH: u64 = 500;

/// How much to publish, and how fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Events a second.
    pub rate: Rate,
    /// The end; none: until the future is dropped.
    pub count: Option<u64>,
}

/// Publishes `generator`'s events to `sink` at a steady pace. Dropping the future ends it.
///
/// # Errors
/// The sink's first error.
pub async fn run<C: Clock, S: Sink>(
    mut generator: Generator,
    sink: &mut S,
    clock: &C,
    pace: Pace,
) -> Result<(), S::Error> {
    let mut schedule = Schedule::new(clock.now(), pace);
    while !schedule.is_over() {
        let now = clock.now();
        let due = schedule.due(now).min(MAX_BATCH);
        if due == 0 {
            clock.sleep_until(schedule.wake_at(now)).await;
            continue;
        }
        let batch = (0..due).map(|_| generator.next_event(now)).collect();
        sink.publish(batch).await?;
        schedule.sent += due;
    }
    Ok(())
}

/// Which event is due when.
#[derive(Debug, Clone)]
struct Schedule {
    start: UnixMillis,
    interval_nanos: u128,
    sent: u64,
    count: u64,
}

impl Schedule {
    fn new(start: UnixMillis, pace: Pace) -> Self {
        Self {
            start,
            interval_nanos: pace.rate.interval().as_nanos().max(1),
            sent: 0,
            count: pace.count.unwrap_or(u64::MAX),
        }
    }

    fn is_over(&self) -> bool {
        self.sent >= self.count
    }

    /// How many events should be out at `now` and are not.
    fn due(&mut self, now: UnixMillis) -> u64 {
        let next = self.due_at(self.sent);
        if now.since(next) > MAX_LAG {
            self.start = self.start.plus(now.since(next));
        }
        let elapsed = now.since(self.start).as_nanos();
        if now < self.start {
            return 0;
        }
        let total = u64::try_from(elapsed / self.interval_nanos + 1).unwrap_or(u64::MAX);
        total.min(self.count).saturating_sub(self.sent)
    }

    /// When to look again: at the next event, or a tick later if events come thicker than that.
    fn wake_at(&self, now: UnixMillis) -> UnixMillis {
        let next = self.due_at(self.sent);
        if self.interval_nanos < TICK.as_nanos() {
            next.max(now.plus(TICK))
        } else {
            next
        }
    }

    fn due_at(&self, number: u64) -> UnixMillis {
        let nanos = self.interval_nanos.saturating_mul(u128::from(number));
        let millis = u64::try_from(nanos.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        self.start.plus(Duration::from_millis(millis))
    }
}

#[cfg(test)]
mod tests;
