//! An error as a client sees it: a code to act on, a sentence to read.

use std::fmt;

use serde_json::{Value, json};

use crate::{ErrorCode, RequestId};

/// The body of an error reply, without the request's id and the time.
///
/// `message` is one sentence for a person; it never holds a secret, a stack or another user's id.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorBody {
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// What went wrong, for people.
    pub message: String,
    /// When to try again, if the answer knows.
    pub retry_after_ms: Option<u64>,
    /// Facts a program may use, for example `{"field":"minValue"}`.
    pub details: Option<Value>,
}

impl ErrorBody {
    /// An error with neither retry advice nor details.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
            details: None,
        }
    }

    /// The same error with `details`.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same error with advice when to try again.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after_ms: u64) -> Self {
        self.retry_after_ms = Some(retry_after_ms);
        self
    }

    /// An error about one field, named in `details`.
    pub(crate) fn about(code: ErrorCode, field: &str, message: impl Into<String>) -> Self {
        Self::new(code, message).with_details(json!({ "field": field }))
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ErrorBody {}

/// A request that could not be read, with its id if that much could.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The id to echo.
    pub id: Option<RequestId>,
    /// Why.
    pub error: ErrorBody,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl std::error::Error for Refusal {}
