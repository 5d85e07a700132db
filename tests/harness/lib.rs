//! What the stories stand on: the whole service on a free port, clients with real sockets, and a
//! publisher. Nothing here decides what is right; stories do.

mod client;
mod http;
mod stage;

pub use client::{Client, Closed, Refused};
pub use http::{Answer, get, post, send};
pub use stage::{Stage, start_time};
