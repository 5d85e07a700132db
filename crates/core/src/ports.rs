//! What the use cases need from outside, each port sized by its caller.
//! A port exists where there are two implementations: the cloud's and the one in memory.
//! Methods take and return domain types; an expected outcome is a value, not an error.

mod admission;
mod announcements;
mod catch_ups;
mod cell;
mod clock;
mod connections;
mod event_log;
mod keys;
mod leases;
mod membership;
mod push;
mod starter;
mod statistics;
mod store;
mod tokens;
mod upkeep;
mod work_log;

pub use admission::{Admission, Admitted, REPLAY_RETRY, RequestKind, Verdict};
pub use announcements::{Announcements, Heard, Listener};
pub use catch_ups::{CatchUps, History};
pub use cell::{Cell, Ports};
pub use clock::Clock;
pub use connections::{ConnectionStore, Page, Updated};
pub use event_log::{AppendOutcome, Appended, EventLog};
pub use keys::{ApiKey, ApiKeys, HeldKey, KeyHash, KeyPage, KeyRecords, MAX_HELD_KEYS};
pub use leases::{
    Acquired, Candidate, Checkpoint, LEASE_LIFE, Lease, Leases, Marks, Released, Renewal,
    STANDBY_LIFE, Token,
};
pub use membership::{Membership, Publication};
pub use push::{PostOutcome, Presence, Push};
pub use starter::WorkerStarter;
pub use statistics::Statistics;
pub use store::{Health, Unavailable};
pub use tokens::Tokens;
pub use upkeep::Upkeep;
pub use work_log::{Batch, Change, ChangeKind, Cursor, LogEntry, Members, Record, Slot, WorkLog};
