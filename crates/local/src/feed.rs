//! A believable stream of events: what it says, and how fast.

mod generator;
mod ids;
mod market;
mod news;
mod pace;
mod pick;
mod rate;
mod sink;
mod walk;

pub use generator::Generator;
pub(crate) use ids::uuid_v4;
pub use pace::{Pace, run};
pub use rate::{InvalidRate, Rate};
pub use sink::{HttpSink, HttpSinkError, Sink};
