//! A local API Gateway: one port that behaves as the deployed WebSocket API, its `@connections`
//! management API and the HTTP API do, real limits included. Time comes from a clock, so that a
//! test can let two hours pass.
//!
//! ```text
//! let registry = Registry::new(clock, Limits::default());   // pushers hold a clone
//! let gateway = Gateway { registry, invoker, options: Options::default() };
//! gateway.serve(Bound::bind(addr).await?, shutdown).await;
//! ```

mod api;
mod bucket;
mod calendar;
mod closing;
mod connection;
mod disconnect;
mod ending;
mod event;
mod handshake;
mod header_names;
mod home;
mod http_api;
mod http_event;
mod id;
mod ingest;
mod invoke;
mod keys;
mod limits;
mod management;
mod message;
mod options;
mod outbox;
mod proxy;
mod query;
mod registry;
mod reply;
mod router;
mod routes;
mod server;
mod session;
mod socket;
mod tasks;
mod timer;

pub(crate) use calendar::iso8601;
pub use invoke::{Invoke, InvokeError};
pub use limits::{Limits, Throttle};
pub use options::{Jitter, Options};
pub use registry::{ConnectionInfo, PostOutcome, Registry};
pub use routes::Routes;
pub use server::{BindError, Bound, Gateway};

#[cfg(test)]
mod tests;
