//! End-to-end stories: the whole service, real sockets. One file a theme.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a story fails by a panic"
)]

mod access;
mod announcements;
mod authentication;
mod binaries;
mod command_line;
mod counted;
mod delivery;
mod dialects;
mod errors;
mod events;
mod filters;
mod first_minute;
mod follower;
mod hostile;
mod http_api;
mod keys;
mod lifecycle;
mod limits;
mod model;
mod node;
mod options;
mod private;
mod production;
mod readme;
mod reaper;
mod resume;
mod stores;
mod subscriptions;
mod upkeep;
mod vectors;
