//! The way to clients and to workers, against servers that answer as told and against the local
//! gateway.
#![cfg(test)]

mod emulator;
mod pool;
mod push;
mod secrets;
mod server;
mod signature;
mod starter;
mod support;
