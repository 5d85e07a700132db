//! The closed list of error codes, and what a client or a gateway does with each.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a request was refused. The list is closed: clients may match on it exhaustively.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorCode {
    /// The text is not JSON.
    InvalidJson,
    /// JSON of the wrong shape: not an object, a field missing, repeated or of the wrong type.
    InvalidMessage,
    /// No verb, or one this contract does not have.
    UnknownType,
    /// More bytes than a frame, or an event, may have.
    PayloadTooLarge,
    /// The request needs a principal and the connection has none.
    Unauthenticated,
    /// The key or token is unknown, disabled, expired or of another user.
    InvalidCredential,
    /// The principal lacks the permission.
    Forbidden,
    /// Not a channel of this contract.
    InvalidChannel,
    /// A filter of the wrong shape; `details.field` names it.
    InvalidFilter,
    /// An option of the wrong shape; `details.field` names it.
    InvalidOption,
    /// `since` is not an offset.
    InvalidOffset,
    /// More channels than a request, a connection or its document may hold.
    TooManyChannels,
    /// Filters were changed on a connection that is subscribed to nothing.
    NotSubscribed,
    /// No such connection, or it belongs to somebody else.
    ConnectionNotFound,
    /// Too often; `retryAfterMs` says when to come back.
    RateLimited,
    /// Something we depend on did not answer in time. Repeating the request is safe.
    Unavailable,
    /// Our own fault.
    Internal,
}

impl ErrorCode {
    /// Every code, in the order of the contract.
    pub const ALL: [Self; 17] = [
        Self::InvalidJson,
        Self::InvalidMessage,
        Self::UnknownType,
        Self::PayloadTooLarge,
        Self::Unauthenticated,
        Self::InvalidCredential,
        Self::Forbidden,
        Self::InvalidChannel,
        Self::InvalidFilter,
        Self::InvalidOption,
        Self::InvalidOffset,
        Self::TooManyChannels,
        Self::NotSubscribed,
        Self::ConnectionNotFound,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "INVALID_JSON",
            Self::InvalidMessage => "INVALID_MESSAGE",
            Self::UnknownType => "UNKNOWN_TYPE",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::InvalidCredential => "INVALID_CREDENTIAL",
            Self::Forbidden => "FORBIDDEN",
            Self::InvalidChannel => "INVALID_CHANNEL",
            Self::InvalidFilter => "INVALID_FILTER",
            Self::InvalidOption => "INVALID_OPTION",
            Self::InvalidOffset => "INVALID_OFFSET",
            Self::TooManyChannels => "TOO_MANY_CHANNELS",
            Self::NotSubscribed => "NOT_SUBSCRIBED",
            Self::ConnectionNotFound => "CONNECTION_NOT_FOUND",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// The code of that name, if the contract has one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// Whether the same request may succeed later, unchanged.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Internal)
    }

    /// The status of an HTTP answer that carries this code.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::InvalidJson
            | Self::InvalidMessage
            | Self::UnknownType
            | Self::InvalidChannel
            | Self::InvalidFilter
            | Self::InvalidOption
            | Self::InvalidOffset
            | Self::TooManyChannels => 400,
            Self::Unauthenticated | Self::InvalidCredential => 401,
            Self::Forbidden => 403,
            Self::NotSubscribed | Self::ConnectionNotFound => 404,
            Self::PayloadTooLarge => 413,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A name that is no code of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCode;

impl fmt::Display for UnknownCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not an error code of this contract")
    }
}

impl std::error::Error for UnknownCode {}

impl FromStr for ErrorCode {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        Self::parse(name).ok_or(UnknownCode)
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(de::Error::custom)
    }
}
