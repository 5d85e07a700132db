//! Time comes in from outside, so that every limit can be tested without waiting.

use std::future::Future;

use crate::time::UnixMillis;

/// The wall clock and a way to wait for it.
pub trait Clock: Clone + Send + Sync + 'static {
    /// Now.
    fn now(&self) -> UnixMillis;

    /// Completes once `now()` is at or past `at`.
    fn sleep_until(&self, at: UnixMillis) -> impl Future<Output = ()> + Send;
}
