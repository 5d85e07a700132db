//! Starting a worker.

/// Invokes `event-fanout` once, asynchronously. It finds out by itself whether it is needed.
pub trait WorkerStarter: Send + Sync {
    /// Starts a worker candidate. Failure is logged by the adapter: the schedule is the backstop.
    fn start(&self) -> impl Future<Output = ()> + Send;
}
