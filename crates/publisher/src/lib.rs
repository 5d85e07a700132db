//! What a Rust Event Processor links: the events of the real-time service, typed.
//! Ids and times come from the caller: nothing in here reads a clock or rolls dice.

mod change;
mod data;
mod event;
mod metadata;
mod number;
mod tags;

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
