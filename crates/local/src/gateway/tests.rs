//! The gateway from outside: real sockets, virtual time, scripted functions.

mod connect;
mod script;
mod support;
