//! Gateway event -> strict request -> use case -> reply; and the five Lambda binaries.

mod clock;
mod function;

pub use clock::SystemClock;
pub use function::Function;
