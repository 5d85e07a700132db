//! Channels: what a client may subscribe to, and its two spellings.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::identifier::{canonical_chain, canonical_id, is_channel_id};

/// The channels that take no id.
const GENERAL: [&str; 9] = [
    "prices",
    "tvl",
    "protocols",
    "alerts",
    "volumes",
    "liquidations",
    "governance",
    "emissions",
    "general",
];

/// The prefix under which the Event Processor publishes; both spellings are the same channel.
pub const EVENTS_PREFIX: &str = "events:";

/// A channel in its one canonical form: no `events:`, aliases resolved, chains and addresses in
/// lower case. Two channels are the same exactly when they are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Channel(Arc<str>);

/// A channel together with the spelling the client chose, which its frames use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpelledChannel {
    /// What it is.
    pub channel: Channel,
    /// How the client wrote it.
    pub spelling: Arc<str>,
}

/// A name that is no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such channel")]
pub struct InvalidChannel;

impl SpelledChannel {
    /// Reads a name in either spelling.
    ///
    /// # Errors
    /// [`InvalidChannel`] when the name is outside the grammar of the contract.
    pub fn parse(name: &str) -> Result<Self, InvalidChannel> {
        Ok(Self {
            channel: Channel::parse(name)?,
            spelling: name.into(),
        })
    }
}

impl Channel {
    /// Reads a name in either spelling and keeps only what it means.
    ///
    /// # Errors
    /// [`InvalidChannel`] when the name is outside the grammar of the contract.
    pub fn parse(name: &str) -> Result<Self, InvalidChannel> {
        let name = name.strip_prefix(EVENTS_PREFIX).unwrap_or(name);
        match name.split_once(':') {
            None => Self::general(name).ok_or(InvalidChannel),
            Some(("token", id)) => Self::token(id).ok_or(InvalidChannel),
            Some(("protocol", id)) => Self::protocol(id).ok_or(InvalidChannel),
            Some(("chain", rest)) => Self::chain_family(rest).ok_or(InvalidChannel),
            Some(("events", _)) => Err(InvalidChannel),
            Some((protocol, chain)) => {
                Self::protocol_on_chain(protocol, chain).ok_or(InvalidChannel)
            }
        }
    }

    /// One of the channels without an id; `tvl_changes` is an alias of `tvl`.
    #[must_use]
    pub fn general(name: &str) -> Option<Self> {
        let name = if name == "tvl_changes" { "tvl" } else { name };
        GENERAL.contains(&name).then(|| Self(name.into()))
    }

    /// `token:{id}`.
    #[must_use]
    pub fn token(id: &str) -> Option<Self> {
        is_channel_id(id, true).then(|| Self(format!("token:{}", canonical_id(id)).into()))
    }

    /// `protocol:{id}`.
    #[must_use]
    pub fn protocol(id: &str) -> Option<Self> {
        is_channel_id(id, false).then(|| Self(format!("protocol:{}", canonical_id(id)).into()))
    }

    /// `chain:{chain}`.
    #[must_use]
    pub fn chain(chain: &str) -> Option<Self> {
        is_channel_id(chain, false)
            .then(|| Self(format!("chain:{}", canonical_chain(chain)).into()))
    }

    /// `chain:{chain}:prices`.
    #[must_use]
    pub fn chain_prices(chain: &str) -> Option<Self> {
        is_channel_id(chain, false)
            .then(|| Self(format!("chain:{}:prices", canonical_chain(chain)).into()))
    }

    /// `chain:{chain}:tvl`.
    #[must_use]
    pub fn chain_tvl(chain: &str) -> Option<Self> {
        is_channel_id(chain, false)
            .then(|| Self(format!("chain:{}:tvl", canonical_chain(chain)).into()))
    }

    /// `{protocol}:{chain}`.
    #[must_use]
    pub fn protocol_on_chain(protocol: &str, chain: &str) -> Option<Self> {
        let reserved = matches!(protocol, "token" | "protocol" | "chain" | "events");
        if reserved || !is_channel_id(protocol, false) || !is_channel_id(chain, false) {
            return None;
        }
        Some(Self(
            format!("{}:{}", canonical_id(protocol), canonical_chain(chain)).into(),
        ))
    }

    fn chain_family(rest: &str) -> Option<Self> {
        match rest.split_once(':') {
            None => Self::chain(rest),
            Some((chain, "prices")) => Self::chain_prices(chain),
            Some((chain, "tvl")) => Self::chain_tvl(chain),
            Some(_) => None,
        }
    }

    /// The canonical name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(name: &str) -> Option<String> {
        Channel::parse(name).ok().map(|channel| channel.to_string())
    }

    #[test]
    fn both_spellings_and_every_case_name_one_channel() {
        for (name, expected) in [
            ("prices", "prices"),
            ("events:prices", "prices"),
            ("tvl_changes", "tvl"),
            ("events:tvl_changes", "tvl"),
            ("events:general", "general"),
            ("token:Ethereum", "token:Ethereum"),
            ("token:0xABC", "token:0xabc"),
            ("events:token:ETHEREUM:0xABC", "token:ethereum:0xabc"),
            ("protocol:uniswap-v3", "protocol:uniswap-v3"),
            ("chain:Ethereum", "chain:ethereum"),
            ("chain:ETHEREUM:prices", "chain:ethereum:prices"),
            ("events:chain:BSC:tvl", "chain:bsc:tvl"),
            ("uniswap-v3:Ethereum", "uniswap-v3:ethereum"),
            ("chain:prices", "chain:prices"),
        ] {
            assert_eq!(canonical(name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn names_outside_the_grammar_are_refused() {
        for name in [
            "",
            "price",
            "PRICES",
            "events:",
            "events:events:prices",
            "events:x:y:z",
            "token:",
            "token",
            "protocol:",
            "protocol:a:b",
            "chain:",
            "chain::prices",
            "chain:a:b",
            "chain:a:prices:b",
            "a:b:c",
            ":b",
            "a:",
            "a b:c",
            "token:a b",
            "token:\u{e9}",
            "user:1:alerts",
            "*",
            "prices ",
        ] {
            assert_eq!(canonical(name), None, "{name}");
        }
    }
}
