//! Gateway event -> strict request -> use case -> reply; and the five Lambda binaries.
//!
//! [`handle`] is the one way in, for Lambda's runtime and for the local gateway alike: the bytes of
//! an event in, the bytes of an answer out.

mod clock;
mod error_table;
mod function;
mod handle;
mod handlers;
mod request;
mod response;
mod view;

pub use clock::SystemClock;
pub use function::Function;
pub use handle::{HandleError, Invocation, handle};
