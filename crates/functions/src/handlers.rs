//! One handler for each kind of event: a strict request, a use case, an answer.

mod broadcast;
mod connect;
mod disconnect;
mod events;
mod http;
mod message;
mod reap;
mod subscribe;

pub(crate) use connect::connect;
pub(crate) use disconnect::disconnect;
pub(crate) use events::events;
pub(crate) use http::http;
pub(crate) use message::message;
pub(crate) use reap::{is_reap, reap};
