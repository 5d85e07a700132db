//! What every adapter of a port must do, as small checks with sentences for names.
//!
//! The checks know the ports and nothing else, so that DynamoDB, Redis and memory run the same
//! ones. [`conformance!`](crate::conformance!) makes each check of a concern a test of its own.
//! Those that let time pass are concerns of their own (`… over time`): virtual time makes them
//! instant, real time makes them slow, and an adapter may leave them to a slow profile.

#![expect(clippy::panic, reason = "a check fails by panicking, as any test does")]
#![expect(
    missing_docs,
    reason = "the names of the checks are sentences that say it all"
)]

mod list;
mod subject;

pub mod admission;
pub mod allowance;
pub mod catch_ups;
pub mod checkpoints;
pub mod connection_pages;
pub mod connection_store;
pub mod event_log;
pub mod hand_over;
pub mod keys;
pub mod leases;
pub mod membership;
pub mod slots;
pub mod tokens;
pub mod upkeep;
pub mod waits;
pub mod work_log;

use llama_ws_core::ports::Unavailable;

pub use subject::{Subject, TestTime};

/// How a check ends that did not fail: a store that does not answer fails the test as well.
pub type Checked = Result<(), Unavailable>;
