//! The gateway from outside: real sockets, virtual time, scripted functions.

mod closing;
mod connect;
mod events;
mod http_api;
mod lifetime;
mod messages;
mod posts;
mod script;
mod shutdown;
mod sizes;
mod support;
mod throttles;
