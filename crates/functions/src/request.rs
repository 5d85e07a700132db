//! From lenient gateway events to strict requests. Everything the use cases need is sure from here on.

mod credential;
mod http;
mod socket;

pub(crate) use credential::credential;
pub(crate) use http::HttpRequest;
pub(crate) use socket::{Connect, Disconnect, Message, SUBPROTOCOL};
