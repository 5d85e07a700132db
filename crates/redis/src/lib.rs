//! Membership, logs, leases and limits in Redis or Valkey: the only crate that names fred.
//! Every change of more than one key is one Lua script on the cell's hash slot, by the store's own
//! time; what is kept is the serde JSON of the core's types.

mod admission;
mod announcements;
mod announcer;
mod catch_ups;
mod cell;
mod config;
mod connection;
mod event_log;
mod fault;
mod keys;
mod leases;
mod membership;
mod password;
mod reply;
mod scripts;
mod statistics;
mod tls;
mod upkeep;
mod work_log;

pub use announcements::RedisListener;
pub use announcer::RedisAnnouncer;
pub use cell::RedisCell;
pub use config::{CellBounds, InvalidConfig, RedisConfig, RedisServer, RedisUrl, ServerAddress};
pub use password::{Asked, Password, PasswordSource};
