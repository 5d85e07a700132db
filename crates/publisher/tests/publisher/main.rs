//! The publisher and the page about publishing, against real servers, which the tests start
//! themselves.
#![cfg(test)]

mod announce;
mod page;
mod programs;
mod publish;
mod values;
