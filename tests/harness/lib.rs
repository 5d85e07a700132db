//! What the stories stand on: the whole service on a free port, clients with real sockets, and a
//! publisher. Nothing here decides what is right; stories do.

mod binaries;
mod client;
mod http;
mod pattern;
mod runtime_api;
mod stage;

pub use binaries::binary;
pub use client::{Client, Closed, Refused};
pub use http::{Answer, get, post, send};
pub use pattern::{Facts, assert_like, difference};
pub use runtime_api::{Outcome, Process};
pub use stage::{Stage, roomy, start_time};
