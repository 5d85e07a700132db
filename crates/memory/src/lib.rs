//! Every port in memory, and the conformance suite that all adapters pass.

mod clock;

pub use clock::ManualClock;
