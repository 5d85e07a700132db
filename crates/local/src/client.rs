//! The service seen from outside: events over HTTP, frames over a WebSocket.

mod events;
mod http;
mod reach;
mod socket;
mod url;

pub use events::{Answer, EventsClient, PublishError, Rejection};
pub use http::{HttpClient, HttpError, Reply};
pub use reach::Unreachable;
pub use socket::{ConnectError, Credential, Incoming, Socket};
pub use url::{HttpUrl, InvalidUrl, SocketUrl};
#[cfg(test)]
pub(crate) mod testing;
