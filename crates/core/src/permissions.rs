//! Permissions: what a credential allows.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::channel::{Channel, EVENTS_PREFIX};

const ALL: &str = "*";
const CONNECT: &str = "websocket:connect";
const SUBSCRIBE: &str = "websocket:subscribe";
const SUBSCRIBE_TO: &str = "websocket:subscribe:";

/// The permissions of a principal, as granted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permissions(Vec<String>);

impl Permissions {
    /// Takes the granted names; unknown ones allow nothing.
    pub fn new<S: Into<String>>(granted: impl IntoIterator<Item = S>) -> Self {
        Self(granted.into_iter().map(Into::into).collect())
    }

    /// May open a connection.
    #[must_use]
    pub fn may_connect(&self) -> bool {
        self.grants(CONNECT)
    }

    /// May subscribe to `channel`: `websocket:subscribe`, or a `websocket:subscribe:<glob>` that
    /// names the channel in any of its spellings or whose glob matches its canonical name.
    #[must_use]
    pub fn may_subscribe(&self, channel: &Channel) -> bool {
        self.grants(SUBSCRIBE)
            || self
                .0
                .iter()
                .filter_map(|granted| granted.strip_prefix(SUBSCRIBE_TO))
                .any(|glob| allows(glob, channel))
    }

    /// May send a broadcast.
    #[must_use]
    pub fn may_broadcast(&self) -> bool {
        self.grants("broadcast")
    }

    /// May read statistics.
    #[must_use]
    pub fn may_read_stats(&self) -> bool {
        self.grants("stats")
    }

    /// The granted names, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    fn grants(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|granted| granted == name || granted == ALL)
    }
}

fn allows(glob: &str, channel: &Channel) -> bool {
    if Channel::parse(glob).is_ok_and(|named| named == *channel) {
        return true;
    }
    let glob = glob.strip_prefix(EVENTS_PREFIX).unwrap_or(glob);
    // Chains compare without case, and in this family nothing but the chain varies.
    let glob = match glob.starts_with("chain:") {
        true => Cow::Owned(glob.to_ascii_lowercase()),
        false => Cow::Borrowed(glob),
    };
    WildMatch::new(&glob).matches(channel.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(granted: &[&str], channel: &str) -> bool {
        Permissions::new(granted.iter().copied()).may_subscribe(&Channel::parse(channel).unwrap())
    }

    #[test]
    fn a_glob_decides_by_the_canonical_channel() {
        assert!(may(
            &["websocket:subscribe:token:*"],
            "events:token:ethereum"
        ));
        assert!(may(
            &["websocket:subscribe:events:token:*"],
            "token:ethereum"
        ));
        assert!(may(&["websocket:subscribe:tvl"], "events:tvl_changes"));
        assert!(!may(&["websocket:subscribe:token:*"], "prices"));
        assert!(!may(&["websocket:subscribe:price"], "prices"));
        assert!(!may(&["websocket:subscribe:"], "prices"));
    }

    #[test]
    fn a_channel_may_be_granted_in_any_of_its_spellings() {
        let table = [
            ("tvl_changes", "tvl"),
            ("events:tvl_changes", "tvl"),
            ("token:0xAB", "token:0xab"),
            ("chain:Ethereum", "chain:ethereum"),
            ("chain:Ethereum:prices", "events:chain:ETHEREUM:prices"),
            ("events:chain:Ethereum:*", "chain:ethereum:tvl"),
            ("aave-v3:Ethereum", "aave-v3:ethereum"),
        ];
        for (glob, channel) in table {
            assert!(
                may(&[&format!("websocket:subscribe:{glob}")], channel),
                "{glob}"
            );
        }
        assert!(!may(&["websocket:subscribe:token:Eth"], "token:eth"));
        assert!(!may(&["websocket:subscribe:token:E*"], "token:eth"));
        assert!(!may(
            &["websocket:subscribe:chain:Ethereum"],
            "chain:ethereum:tvl"
        ));
    }

    #[test]
    fn star_and_the_plain_name_allow_every_channel_and_nothing_else_does() {
        assert!(may(&["*"], "alerts"));
        assert!(may(&["websocket:subscribe"], "alerts"));
        assert!(!may(
            &["websocket:connect", "stats", "broadcast", "websocket:*"],
            "alerts"
        ));
        assert!(!may(&[], "alerts"));
    }

    #[test]
    fn each_permission_allows_its_own_thing() {
        let of = |name: &str| Permissions::new([name]);

        assert!(of("websocket:connect").may_connect() && !of("websocket:connect").may_broadcast());
        assert!(of("broadcast").may_broadcast() && !of("broadcast").may_read_stats());
        assert!(of("stats").may_read_stats() && !of("stats").may_connect());
        assert!(of("*").may_connect() && of("*").may_broadcast() && of("*").may_read_stats());
    }
}
