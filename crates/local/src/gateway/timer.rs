//! hyper's timer on the gateway's clock, so that slow clients are cut off in virtual time too.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;

/// Maps hyper's `Instant`s onto a [`Clock`] by the pair of both that was taken at its creation.
#[derive(Debug, Clone)]
pub(super) struct ClockTimer<C> {
    clock: C,
    origin: Instant,
    started: UnixMillis,
}

impl<C: Clock> ClockTimer<C> {
    /// A timer that starts now.
    pub(super) fn new(clock: C) -> Self {
        let started = clock.now();
        Self {
            clock,
            origin: tokio::time::Instant::now().into_std(),
            started,
        }
    }

    fn wait(&self, at: UnixMillis) -> Pin<Box<dyn Sleep>> {
        let clock = self.clock.clone();
        let sleep: Wait = Box::pin(async move { clock.sleep_until(at).await });
        Box::pin(ClockSleep(Mutex::new(sleep)))
    }
}

impl<C: Clock> Timer for ClockTimer<C> {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.wait(self.clock.now().plus(duration))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let after_start = deadline.saturating_duration_since(self.origin);
        self.wait(self.started.plus(after_start))
    }

    fn now(&self) -> Instant {
        self.origin + self.clock.now().since(self.started)
    }
}

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The mutex is never locked: it only lends the future the `Sync` that hyper asks for.
struct ClockSleep(Mutex<Wait>);

impl Future for ClockSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let wait = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        wait.as_mut().poll(context)
    }
}

impl Sleep for ClockSleep {}
