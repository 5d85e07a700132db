//! Every port in memory, and the conformance suite that all adapters pass.
//! The embedded default of the service and the double of its tests: state ends with the process.

mod announcements;
mod cell;
mod clock;
pub mod conformance;
mod connections;
mod keys;
mod push;
mod shared;
mod tokens;

pub use announcements::{MemoryAnnouncements, MemoryListener};
pub use cell::{CellOptions, MemoryCell, Snapshot};
pub use clock::ManualClock;
pub use connections::MemoryConnections;
pub use keys::MemoryKeys;
pub use push::{Post, RecordingPush};
pub use tokens::MemoryTokens;
