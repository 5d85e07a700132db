//! Delivery: what happens between a match and a post. One lane per connection, one post in flight
//! per lane, the bytes of an event made once.

mod backlog;
mod budget;
mod frame;
mod lane;
mod options;
mod pace;
mod pack;
mod progress;
mod queue;
mod recency;
mod tally;
mod throttle;

pub(crate) use backlog::{ReplayResult, ReplayStatus};
pub(crate) use budget::{Budget, Turn};
pub(crate) use frame::{Again, Message, SharedEvent, auth_expiring, goodbye};
pub(crate) use lane::{Job, Lane, Load, Verdict};
pub(crate) use options::LaneOptions;
pub(crate) use progress::Progress;
pub(crate) use recency::{Ask, Recency};
pub(crate) use throttle::Throttle;
