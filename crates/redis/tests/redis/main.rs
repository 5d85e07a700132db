//! The adapter against real servers, which the tests start themselves.

mod announcements;
mod bounds;
mod cluster;
mod conformance;
mod faults;
mod membership;
mod proxy;
mod server;
mod trips;
mod upkeep;
mod values;
