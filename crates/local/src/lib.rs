//! `llama-ws`: the local API Gateway and the tools around it.

pub mod gateway;
