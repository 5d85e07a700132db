//! The contract from outside: golden vectors, limits and properties.
#![cfg(test)]

mod arbitrary;
mod canonical;
mod contract_facts;
mod frames;
mod http;
mod limits;
mod properties;
mod replies;
mod requests;
mod vectors;
