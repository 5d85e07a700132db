//! Delivery: what happens between a match and a post. One lane per connection, one post in flight
//! per lane, the bytes of an event made once.

mod frame;
mod lane;
mod progress;

pub(crate) use frame::{Message, SharedEvent, auth_expiring, goodbye};
pub(crate) use lane::{Job, Lane, Load, Verdict};
pub(crate) use progress::Progress;
