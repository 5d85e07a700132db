//! What is known of a connection from its handshake on and never changes.

use std::net::IpAddr;

use http::request::Parts;
use llama_ws_core::UnixMillis;

use super::id;

/// The stage of a path without segments.
const LOCAL_STAGE: &str = "local";

/// The constant facts of one connection; every event about it repeats them.
#[derive(Debug)]
pub(super) struct Session {
    /// The connection id.
    pub(super) id: String,
    /// The stage that was asked for: the first segment of the path.
    pub(super) stage: String,
    /// When the upgrade was asked for.
    pub(super) connected_at: UnixMillis,
    /// The peer's address, never what a header says.
    pub(super) source_ip: IpAddr,
    /// The `User-Agent` header.
    pub(super) user_agent: Option<String>,
    /// The `Host` header.
    pub(super) host: String,
    /// How many connections were asked for before this one.
    pub(super) ordinal: u64,
}

impl Session {
    /// A new connection with a fresh id.
    pub(super) fn new(request: &Parts, source_ip: IpAddr, now: UnixMillis, ordinal: u64) -> Self {
        let header = |name| {
            let value = request.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Self {
            id: id::random(),
            stage: stage(request.uri.path()),
            connected_at: now,
            source_ip: source_ip.to_canonical(),
            user_agent: header(http::header::USER_AGENT),
            host: header(http::header::HOST).unwrap_or_default(),
            ordinal,
        }
    }
}

fn stage(path: &str) -> String {
    path.split('/')
        .find(|segment| !segment.is_empty())
        .unwrap_or(LOCAL_STAGE)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_segment_is_the_stage() {
        assert_eq!(stage("/prod"), "prod");
        assert_eq!(stage("/prod/deeper"), "prod");
        assert_eq!(stage("/"), "local");
        assert_eq!(stage(""), "local");
    }
}
