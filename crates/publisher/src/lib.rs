//! What a Rust Event Processor links: the events of the real-time service, typed, and, with the
//! feature `redis`, the way into its event log.
//! Ids and times come from the caller: nothing in here reads a clock or rolls dice.

mod change;
#[cfg(feature = "redis")]
mod config;
mod data;
mod event;
mod metadata;
mod number;
#[cfg(feature = "redis")]
mod outcome;
#[cfg(feature = "redis")]
mod publisher;
mod tags;

#[cfg(feature = "redis")]
pub use config::PublisherConfig;
pub use data::alert::{Alert, Severity};
pub use data::emission::Emission;
pub use data::governance::Governance;
pub use data::liquidation::Liquidation;
pub use data::other::Other;
pub use data::price::PriceUpdate;
pub use data::protocol::{FieldChange, ProtocolUpdate, UpdateType};
pub use data::tvl::TvlChange;
pub use data::{Data, Extra};
pub use event::{EncodeError, Event, Source};
pub use metadata::Metadata;
#[cfg(feature = "redis")]
pub use outcome::{Announcement, Outcome, Published};
#[cfg(feature = "redis")]
pub use publisher::Publisher;

#[cfg(feature = "redis")]
pub use llama_ws_core::{EventFault, Offset, ports::Unavailable};
#[cfg(feature = "redis")]
pub use llama_ws_redis::{CellBounds, InvalidConfig};

/// The page's Rust compiles.
#[cfg(all(doctest, feature = "redis"))]
#[doc = include_str!("../../../docs/publishing.md")]
struct PublishingPage;
