//! Where the cell is that a publisher appends to.

use std::fmt;
use std::time::Duration;

use llama_ws_redis::{CellBounds, RedisConfig, RedisServer, RedisUrl};

/// Longest an append may take. The service itself waits no longer.
const DEADLINE: Duration = Duration::from_millis(1_500);

/// How a publisher reaches the event log, and whether it also tells listeners of pub/sub.
#[derive(Clone)]
pub struct PublisherConfig {
    url: String,
    tag: Option<String>,
    bounds: CellBounds,
    deadline: Duration,
    pub(crate) announce: bool,
}

impl PublisherConfig {
    /// The service's own numbers. The URL begins `redis://`, `redis-cluster://` or, with the feature
    /// `tls`, `rediss://` or `rediss-cluster://`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            tag: None,
            bounds: CellBounds::default(),
            deadline: DEADLINE,
            announce: false,
        }
    }

    /// Another cell than `ws`: the service must use the same tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// What the event log keeps, where the service was given other bounds: each append trims it.
    #[must_use]
    pub fn bounds(mut self, bounds: CellBounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Longest an append may take, and longest its announcements may take after it.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Whether each accepted event is also published on `events:<channel>`, for listeners besides
    /// the service.
    #[must_use]
    pub fn announce(mut self, announce: bool) -> Self {
        self.announce = announce;
        self
    }

    pub(crate) fn cell(&self) -> RedisConfig {
        let config = RedisConfig::new(RedisServer::Url(RedisUrl::new(&self.url)));
        RedisConfig {
            tag: self.tag.clone().unwrap_or(config.tag),
            command_deadline: self.deadline,
            bounds: self.bounds.clone(),
            ..config
        }
    }
}

/// The URL may hold a password: it is never shown.
impl fmt::Debug for PublisherConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublisherConfig")
            .field("tag", &self.tag)
            .field("bounds", &self.bounds)
            .field("deadline", &self.deadline)
            .field("announce", &self.announce)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_never_shown() {
        let config = PublisherConfig::new("redis://:secret@cache").tag("cell");

        assert!(!format!("{config:?}").contains("secret"));
        assert!(!format!("{:?}", config.cell()).contains("secret"));
        assert_eq!(config.cell().tag, "cell");
    }
}
