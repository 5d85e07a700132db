//! The adapter against real servers, which the tests start themselves.
#![cfg(test)]

mod announcements;
mod bounds;
mod cells;
mod cluster;
mod conformance;
mod epochs;
mod expiry;
mod faults;
mod membership;
mod password;
mod proxy;
mod refusals;
mod trips;
mod upkeep;
mod values;
