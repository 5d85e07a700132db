//! The tables of connections and API keys, on DynamoDB Local and on servers that answer as told.
#![cfg(test)]

mod conformance;
mod faults;
mod keys;
mod llama_auth;
mod table;
