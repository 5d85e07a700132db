//! Why a server cannot be reached, said so that a person knows what to do.

use std::error::Error;
use std::io;
use std::time::Duration;

/// How long a connection may take to come about.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// No connection came about, or it broke before the answer was there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Nobody listens there.
    #[error("nothing listens at {0} (is `llama-ws dev` running?)")]
    Refused(String),
    /// Nobody answers.
    #[error("{0} does not answer")]
    TimedOut(String),
    /// The name is unknown, the network is away, or the other side hung up.
    #[error("cannot reach {address}: {cause}")]
    Broken {
        /// `HOST:PORT`.
        address: String,
        /// The innermost cause: what the operating system or the protocol said.
        cause: String,
    },
}

impl Unreachable {
    /// What `error` means for a connection to `address`.
    pub(super) fn from_error(address: &str, error: &(dyn Error + 'static)) -> Self {
        let address = address.to_owned();
        let root = root(error);
        match root.downcast_ref().map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => Self::Refused(address),
            Some(io::ErrorKind::TimedOut) => Self::TimedOut(address),
            _ => Self::Broken {
                address,
                cause: root.to_string(),
            },
        }
    }
}

fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("client error")]
    struct Outer(#[source] io::Error);

    #[test]
    fn innermost_cause_decides() {
        let reach = |kind| Unreachable::from_error("h:1", &Outer(io::Error::from(kind)));

        assert_eq!(
            reach(io::ErrorKind::ConnectionRefused),
            Unreachable::Refused("h:1".to_owned())
        );
        assert_eq!(
            reach(io::ErrorKind::TimedOut),
            Unreachable::TimedOut("h:1".to_owned())
        );
        assert_eq!(
            reach(io::ErrorKind::ConnectionReset).to_string(),
            "cannot reach h:1: connection reset"
        );
    }
}
