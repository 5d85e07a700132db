//! A believable stream of events: what it says, and how fast.

mod rate;

pub use rate::{InvalidRate, Rate};
