//! What a client proves itself with. Never printed.

use std::fmt;

/// A secret a client presents; its `Debug` shows only the kind.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// An API key.
    ApiKey(String),
    /// A JWT.
    Token(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ApiKey(_) => "ApiKey(redacted)",
            Self::Token(_) => "Token(redacted)",
        })
    }
}
