//! Replies: what a request is answered with, whichever route brought it.

mod decode;
mod encode;
mod fit;

use serde::{Deserialize, Serialize};

use crate::{ErrorBody, ErrorCode, Filters, RequestId, SubscriptionStats, SubscriptionView, json};

use encode::Encoded;

/// Most bytes a WebSocket reply may have.
pub const MAX_REPLY_BYTES: usize = 32_000;

/// The answer to one request. Times are in milliseconds, offsets as the log writes them.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The credential is good.
    Authenticated {
        /// The connection.
        connection_id: String,
        /// Whose it is now.
        user_id: String,
        /// What it may do.
        permissions: Vec<String>,
        /// When the session ends, if it does.
        expires_at: Option<u64>,
    },
    /// We are here.
    Pong {
        /// The connection.
        connection_id: String,
    },
    /// `subscribe` in the `type` dialect.
    SubscriptionResult {
        /// The connection.
        connection_id: String,
        /// The log's last id when the change was stored.
        offset: String,
        /// One result for each channel, in the request's order.
        results: Vec<ChannelResult>,
    },
    /// `subscribe` in the `action` dialect.
    SubscriptionConfirmed {
        /// The connection.
        connection_id: String,
        /// The log's last id when the change was stored.
        offset: String,
        /// The request's channels.
        channels: Vec<String>,
        /// The request's filters.
        filters: Filters,
        /// When.
        subscribed_at: u64,
    },
    /// `unsubscribe` in the `type` dialect.
    UnsubscriptionResult {
        /// What is no longer subscribed.
        channels: Vec<String>,
    },
    /// `unsubscribe` in the `action` dialect.
    UnsubscriptionConfirmed {
        /// What is no longer subscribed; everything if absent.
        channels: Option<Vec<String>>,
    },
    /// What is subscribed.
    Subscriptions {
        /// The connection.
        connection_id: String,
        /// Its subscription, if it has any.
        subscription: Option<SubscriptionView>,
    },
    /// Filters are replaced.
    FiltersUpdated {
        /// The log's last id when the change was stored.
        offset: String,
        /// The subscription as it is now.
        subscription: SubscriptionView,
    },
    /// How much is subscribed.
    SubscriptionStats {
        /// The numbers.
        stats: SubscriptionStats,
    },
    /// The missed messages follow, then a [`ResumeResult`](crate::ResumeResult).
    ResumeStarted {
        /// The connection.
        connection_id: String,
        /// The offset asked for.
        since: String,
    },
    /// The request was refused.
    Error(ErrorBody),
}

impl Reply {
    /// The frame as text, never more than [`MAX_REPLY_BYTES`].
    ///
    /// A reply that would be larger is shortened: first the client's own bogus channel names and error texts,
    /// then the statistics of the least subscribed channels; if nothing helps it is `PAYLOAD_TOO_LARGE`.
    #[must_use]
    pub fn encode(&self, id: Option<&RequestId>, timestamp_ms: u64) -> String {
        let text = self.encode_whole(id, timestamp_ms);
        if text.len() <= MAX_REPLY_BYTES {
            return text;
        }
        fit::encode_shortened(self, id, timestamp_ms)
    }

    /// The body of an HTTP answer: no id, whole whatever its size.
    #[must_use]
    pub fn encode_http(&self, timestamp_ms: u64) -> String {
        self.encode_whole(None, timestamp_ms)
    }

    /// The status of an HTTP answer with this body.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Error(error) => error.code.http_status(),
            _ => 200,
        }
    }

    /// The frame's `type`.
    #[must_use]
    pub const fn frame_type(&self) -> &'static str {
        match self {
            Self::Authenticated { .. } => "authenticated",
            Self::Pong { .. } => "pong",
            Self::SubscriptionResult { .. } => "subscription_result",
            Self::SubscriptionConfirmed { .. } => "subscription_confirmed",
            Self::UnsubscriptionResult { .. } => "unsubscription_result",
            Self::UnsubscriptionConfirmed { .. } => "unsubscription_confirmed",
            Self::Subscriptions { .. } => "subscriptions",
            Self::FiltersUpdated { .. } => "filters_updated",
            Self::SubscriptionStats { .. } => "subscription_stats",
            Self::ResumeStarted { .. } => "resume_started",
            Self::Error(_) => "error",
        }
    }

    fn encode_whole(&self, id: Option<&RequestId>, timestamp_ms: u64) -> String {
        json::text(&Encoded {
            reply: self,
            id,
            timestamp_ms,
        })
    }
}

/// What became of one channel of a `subscribe`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelResult {
    /// The channel as the client wrote it.
    pub channel: String,
    /// Why it failed; subscribed if absent.
    pub fault: Option<ChannelFault>,
}

impl ChannelResult {
    /// The channel is subscribed.
    #[must_use]
    pub fn subscribed(channel: impl Into<String>) -> Self {
        Self {
            channel: channel.into(),
            fault: None,
        }
    }

    /// The channel is not subscribed.
    #[must_use]
    pub fn failed(channel: impl Into<String>, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            channel: channel.into(),
            fault: Some(ChannelFault {
                code,
                message: message.into(),
            }),
        }
    }
}

/// Why one channel failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelFault {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
}
