//! The local API Gateway.

mod invoke;

pub use invoke::{Invoke, InvokeError};
