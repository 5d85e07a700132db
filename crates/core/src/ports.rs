//! What the use cases need from outside, each port sized by its caller.
//! A port exists where there are two implementations: the cloud's and the one in memory.

mod clock;

pub use clock::Clock;
