//! The fields of every reply, in the order of the contract.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{ChannelResult, Reply};
use crate::{ErrorBody, Filters, RequestId};

/// A reply with what every reply has: the id to echo and the time.
pub(super) struct Encoded<'a> {
    pub(super) reply: &'a Reply,
    pub(super) id: Option<&'a RequestId>,
    pub(super) timestamp_ms: u64,
}

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.reply.frame_type())?;
        fields(self.reply, &mut map)?;
        if let Some(id) = self.id {
            map.serialize_entry("id", id)?;
        }
        if has_timestamp(self.reply) {
            map.serialize_entry("timestamp", &self.timestamp_ms)?;
        }
        map.end()
    }
}

/// The per-channel results carry no time: they are the oldest shape clients know.
fn has_timestamp(reply: &Reply) -> bool {
    !matches!(
        reply,
        Reply::SubscriptionResult { .. } | Reply::UnsubscriptionResult { .. }
    )
}

fn fields<M: SerializeMap>(reply: &Reply, map: &mut M) -> Result<(), M::Error> {
    match reply {
        Reply::Authenticated {
            connection_id,
            user_id,
            permissions,
            expires_at,
        } => {
            map.serialize_entry("connectionId", connection_id)?;
            map.serialize_entry("userId", user_id)?;
            map.serialize_entry("permissions", permissions)?;
            optional(map, "expiresAt", expires_at.as_ref())
        }
        Reply::Pong { connection_id } => map.serialize_entry("connectionId", connection_id),
        Reply::SubscriptionResult {
            connection_id,
            offset,
            results,
        } => {
            map.serialize_entry("connectionId", connection_id)?;
            map.serialize_entry("offset", offset)?;
            map.serialize_entry("results", results)
        }
        Reply::SubscriptionConfirmed {
            connection_id,
            offset,
            channels,
            filters,
            subscribed_at,
        } => {
            map.serialize_entry("connectionId", connection_id)?;
            map.serialize_entry("offset", offset)?;
            let subscription = Confirmed {
                channels,
                filters,
                subscribed_at: *subscribed_at,
            };
            map.serialize_entry("subscription", &subscription)
        }
        Reply::UnsubscriptionResult { channels } => {
            let results: Vec<_> = channels.iter().map(|channel| Left::new(channel)).collect();
            map.serialize_entry("results", &results)
        }
        Reply::UnsubscriptionConfirmed { channels } => match channels {
            Some(channels) => map.serialize_entry("channels", channels),
            None => map.serialize_entry("channels", "all"),
        },
        Reply::Subscriptions {
            connection_id,
            subscription,
        } => {
            map.serialize_entry("connectionId", connection_id)?;
            map.serialize_entry("subscription", subscription)
        }
        Reply::FiltersUpdated {
            offset,
            subscription,
        } => {
            map.serialize_entry("offset", offset)?;
            map.serialize_entry("subscription", subscription)
        }
        Reply::SubscriptionStats { stats } => map.serialize_entry("stats", stats),
        Reply::ResumeStarted {
            connection_id,
            since,
        } => {
            map.serialize_entry("connectionId", connection_id)?;
            map.serialize_entry("since", since)
        }
        Reply::Error(error) => error_fields(error, map),
    }
}

fn error_fields<M: SerializeMap>(error: &ErrorBody, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("code", &error.code)?;
    map.serialize_entry("message", &error.message)?;
    map.serialize_entry("retryable", &error.code.retryable())?;
    optional(map, "retryAfterMs", error.retry_after_ms.as_ref())?;
    optional(map, "details", error.details.as_ref())
}

fn optional<M: SerializeMap>(
    map: &mut M,
    key: &str,
    value: Option<&impl Serialize>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(key, value))
}

/// The subscription of a confirmation: what was asked, not what is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Confirmed<'a> {
    channels: &'a [String],
    filters: &'a Filters,
    subscribed_at: u64,
}

/// A channel that was left.
#[derive(Serialize)]
struct Left<'a> {
    channel: &'a str,
    status: &'static str,
}

impl<'a> Left<'a> {
    fn new(channel: &'a str) -> Self {
        Self {
            channel,
            status: "unsubscribed",
        }
    }
}

impl Serialize for ChannelResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("channel", &self.channel)?;
        let status = if self.fault.is_some() {
            "failed"
        } else {
            "subscribed"
        };
        map.serialize_entry("status", status)?;
        optional(&mut map, "error", self.fault.as_ref())?;
        map.end()
    }
}
