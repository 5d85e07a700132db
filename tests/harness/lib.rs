//! What the stories stand on: the whole service on a free port, clients with real sockets, and a
//! publisher. Nothing here decides what is right; stories do.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a story fails by a panic"
)]

mod announcer;
mod binaries;
mod client;
mod faults;
mod http;
mod issuer;
mod pattern;
mod production;
mod raw;
mod real;
mod records;
mod runtime_api;
mod stage;
mod table_proxy;
mod tool;
mod wait;
mod world;

pub use announcer::Announcer;
pub use binaries::binary;
pub use client::{Client, Closed, Refused};
pub use faults::{Faults, Faulty, When};
pub use http::{Answer, get, post, send};
pub use issuer::{Issuer, with_tokens};
pub use pattern::{Facts, assert_like, difference};
pub use production::{Changes, Production};
pub use raw::{Raw, handshake, masked, opcode, unmasked};
pub use runtime_api::{Outcome, Process};
pub use stage::{Stage, roomy, start_time};
pub use table_proxy::{Table, TableProxy};
pub use tool::{Ended, Tool};
pub use wait::{eventually, pass, settle};
pub use world::{Worker, World, WorldPorts};
