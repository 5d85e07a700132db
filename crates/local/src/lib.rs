//! `llama-ws`: the local API Gateway and the tools around it.

pub mod cli;
pub mod feed;
pub mod gateway;
