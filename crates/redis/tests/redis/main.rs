//! The adapter against real servers, which the tests start themselves.

mod conformance;
mod server;
