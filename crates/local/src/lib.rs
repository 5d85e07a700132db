//! `llama-ws`: the local API Gateway and the tools around it.

pub mod cli;
pub mod client;
pub mod dev;
pub mod feed;
pub mod gateway;
pub mod keys;
#[cfg(feature = "real")]
pub mod lambda;
pub mod listen;
pub mod publish;
mod timeouts;
