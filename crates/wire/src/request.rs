//! What a client may ask, after decoding: shapes are sure, meanings are not yet.

use serde::{Deserialize, Serialize};
use serde_json::Number;
use serde_json::value::RawValue;

use crate::{Credential, Filters, Options};

/// What a client calls its request by; the reply echoes it.
///
/// A text has at most 64 characters, a number is an integer of 64 bits: the decoder sees to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RequestId {
    /// A text.
    Text(String),
    /// An integer.
    Number(Number),
}

impl From<&str> for RequestId {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for RequestId {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

/// Which key held the verb; the reply is shaped after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `{"type": …}`: each channel stands alone.
    Type,
    /// `{"action": …}`: all or nothing. HTTP answers in this dialect.
    Action,
}

/// One decoded message of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The id to echo.
    pub id: Option<RequestId>,
    /// How to shape the reply.
    pub dialect: Dialect,
    /// What is asked.
    pub verb: Verb,
}

/// What is asked, with its fields.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Prove who is speaking.
    Authenticate(Credential),
    /// Are you there?
    Ping,
    /// Join channels.
    Subscribe(Subscribe),
    /// Leave channels.
    Unsubscribe(Unsubscribe),
    /// Show what is subscribed.
    Subscriptions,
    /// Replace filters.
    Filters(UpdateFilters),
    /// Count subscriptions.
    Stats,
    /// Send what was missed.
    Resume(Resume),
}

impl Verb {
    /// The verb's first name on the wire, for logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Authenticate(_) => "authenticate",
            Self::Ping => "ping",
            Self::Subscribe(_) => "subscribe",
            Self::Unsubscribe(_) => "unsubscribe",
            Self::Subscriptions => "subscriptions",
            Self::Filters(_) => "filters",
            Self::Stats => "stats",
            Self::Resume(_) => "resume",
        }
    }
}

/// Join channels, perhaps from a point in the past.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscribe {
    /// One to 50 names as the client wrote them; their syntax is not checked here.
    pub channels: Vec<String>,
    /// The filters of these channels.
    pub filters: Option<Filters>,
    /// How to deliver.
    pub options: Options,
    /// An offset of the form `<u64>-<u64>`: send what came after it first.
    pub since: Option<String>,
}

/// Leave channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Which; all if absent. Never an empty list.
    pub channels: Option<Vec<String>>,
}

/// Replace the filters of channels that are subscribed.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateFilters {
    /// What takes the place of the old filters; empty ones clear.
    pub filters: Filters,
    /// Which channels; all if absent. Never an empty list.
    pub channels: Option<Vec<String>>,
}

/// Send what was missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The last offset the client has seen, of the form `<u64>-<u64>`.
    pub since: String,
}

/// Whom a broadcast is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BroadcastTarget {
    /// Every connection.
    All,
    /// The subscribers of one channel, whose syntax is not checked here.
    Channel(String),
}

/// One event for many, without regard to filters.
#[derive(Debug, Clone)]
pub struct Broadcast {
    /// Whom it is for.
    pub target: BroadcastTarget,
    /// The event as sent, an object; its fields are not checked here.
    pub message: Box<RawValue>,
}
