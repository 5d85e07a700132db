//! Replies read back, as a client does it: fields this crate does not know are ignored.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{ChannelFault, ChannelResult, Reply};
use crate::{ErrorBody, ErrorCode, Filters, SubscriptionStats, SubscriptionView};

/// Every reply as it stands on the wire.
#[derive(Deserialize)]
#[serde(
    tag = "type",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
enum Body {
    Authenticated {
        connection_id: String,
        user_id: String,
        permissions: Vec<String>,
        expires_at: Option<u64>,
    },
    Pong {
        connection_id: String,
    },
    SubscriptionResult {
        connection_id: String,
        offset: String,
        results: Vec<ChannelResult>,
    },
    SubscriptionConfirmed {
        connection_id: String,
        offset: String,
        subscription: Confirmed,
    },
    UnsubscriptionResult {
        results: Vec<Left>,
    },
    UnsubscriptionConfirmed {
        channels: LeftChannels,
    },
    Subscriptions {
        connection_id: String,
        subscription: Option<SubscriptionView>,
    },
    FiltersUpdated {
        offset: String,
        subscription: SubscriptionView,
    },
    SubscriptionStats {
        stats: SubscriptionStats,
    },
    ResumeStarted {
        connection_id: String,
        since: String,
    },
    Error {
        code: ErrorCode,
        message: String,
        retry_after_ms: Option<u64>,
        details: Option<Value>,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Confirmed {
    channels: Vec<String>,
    filters: Filters,
    subscribed_at: u64,
}

#[derive(Deserialize)]
struct Left {
    channel: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LeftChannels {
    Some(Vec<String>),
    All(All),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum All {
    All,
}

impl From<Body> for Reply {
    fn from(body: Body) -> Self {
        match body {
            Body::Authenticated {
                connection_id,
                user_id,
                permissions,
                expires_at,
            } => Self::Authenticated {
                connection_id,
                user_id,
                permissions,
                expires_at,
            },
            Body::Pong { connection_id } => Self::Pong { connection_id },
            Body::SubscriptionResult {
                connection_id,
                offset,
                results,
            } => Self::SubscriptionResult {
                connection_id,
                offset,
                results,
            },
            Body::SubscriptionConfirmed {
                connection_id,
                offset,
                subscription,
            } => Self::SubscriptionConfirmed {
                connection_id,
                offset,
                channels: subscription.channels,
                filters: subscription.filters,
                subscribed_at: subscription.subscribed_at,
            },
            Body::UnsubscriptionResult { results } => Self::UnsubscriptionResult {
                channels: results.into_iter().map(|left| left.channel).collect(),
            },
            Body::UnsubscriptionConfirmed { channels } => Self::UnsubscriptionConfirmed {
                channels: match channels {
                    LeftChannels::Some(channels) => Some(channels),
                    LeftChannels::All(All::All) => None,
                },
            },
            Body::Subscriptions {
                connection_id,
                subscription,
            } => Self::Subscriptions {
                connection_id,
                subscription,
            },
            Body::FiltersUpdated {
                offset,
                subscription,
            } => Self::FiltersUpdated {
                offset,
                subscription,
            },
            Body::SubscriptionStats { stats } => Self::SubscriptionStats { stats },
            Body::ResumeStarted {
                connection_id,
                since,
            } => Self::ResumeStarted {
                connection_id,
                since,
            },
            Body::Error {
                code,
                message,
                retry_after_ms,
                details,
            } => Self::Error(ErrorBody {
                code,
                message,
                retry_after_ms,
                details,
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Body::deserialize(deserializer).map(Into::into)
    }
}

impl<'de> Deserialize<'de> for ChannelResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(tag = "status", rename_all = "snake_case")]
        enum Outcome {
            Subscribed {
                channel: String,
            },
            Failed {
                channel: String,
                error: ChannelFault,
            },
        }

        Ok(match Outcome::deserialize(deserializer)? {
            Outcome::Subscribed { channel } => Self {
                channel,
                fault: None,
            },
            Outcome::Failed { channel, error } => Self {
                channel,
                fault: Some(error),
            },
        })
    }
}
