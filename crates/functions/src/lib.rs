//! Gateway event -> strict request -> use case -> reply; and the five Lambda binaries.
//!
//! [`handle`] is the one way in, for Lambda's runtime and for the local gateway alike: the bytes of
//! an event in, the bytes of an answer out.

#![recursion_limit = "256"] // the futures of the SDKs, deep in those of the use cases

mod cached_keys;
mod clock;
mod error_table;
mod function;
mod handle;
mod handlers;
#[cfg(feature = "lambda")]
pub mod lambda;
mod request;
mod response;
mod view;

pub use cached_keys::CachedKeys;
pub use clock::SystemClock;
pub use function::Function;
pub use handle::{HandleError, Invocation, handle};
