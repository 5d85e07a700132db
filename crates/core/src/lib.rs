//! Domain, use cases and ports of the real-time service.
//! No AWS, no Redis, no environment, no clock of its own.

pub mod ports;
mod time;

pub use time::UnixMillis;
