//! Vectors of replies: written exactly so, and read back.

use llama_ws_wire::{
    ChannelResult, ErrorBody, ErrorCode, Filters, Reply, ReplyFrame, RequestId, ServerFrame,
    SubscriptionStats, SubscriptionView,
};
use serde::Deserialize;
use serde_json::Value;

use crate::vectors::{check_all, same};

#[derive(Deserialize)]
struct Row {
    name: String,
    reply: Described,
    id: Option<RequestId>,
    timestamp: u64,
    encoded: String,
}

/// A reply as the vectors describe it.
#[derive(Deserialize, Clone)]
#[serde(
    tag = "kind",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
enum Described {
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
        results: Vec<DescribedResult>,
    },
    SubscriptionConfirmed {
        connection_id: String,
        offset: String,
        channels: Vec<String>,
        filters: Filters,
        subscribed_at: u64,
    },
    UnsubscriptionResult {
        channels: Vec<String>,
    },
    UnsubscriptionConfirmed {
        channels: Value,
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

#[derive(Deserialize, Clone)]
struct DescribedResult {
    channel: String,
    code: Option<ErrorCode>,
    message: Option<String>,
}

#[test]
fn replies_are_written_and_read_as_the_vectors_say() {
    check_all(
        "replies.json",
        |row: &Row| &row.name,
        |row| {
            let reply = reply(row.reply.clone());
            same(&reply.encode(row.id.as_ref(), row.timestamp), &row.encoded)?;

            let frame = ServerFrame::decode(&row.encoded).map_err(|error| error.to_string())?;
            let ServerFrame::Reply(frame) = frame else {
                return Err(format!("is no reply: {frame:?}"));
            };
            let timestamp = row.encoded.contains(r#""timestamp":"#);
            let expected = ReplyFrame {
                reply,
                id: row.id.clone(),
                timestamp: timestamp.then_some(row.timestamp),
            };
            same(&frame, &expected)
        },
    );
}

fn reply(described: Described) -> Reply {
    match described {
        Described::Authenticated {
            connection_id,
            user_id,
            permissions,
            expires_at,
        } => Reply::Authenticated {
            connection_id,
            user_id,
            permissions,
            expires_at,
        },
        Described::Pong { connection_id } => Reply::Pong { connection_id },
        Described::SubscriptionResult {
            connection_id,
            offset,
            results,
        } => Reply::SubscriptionResult {
            connection_id,
            offset,
            results: results.into_iter().map(result).collect(),
        },
        Described::SubscriptionConfirmed {
            connection_id,
            offset,
            channels,
            filters,
            subscribed_at,
        } => Reply::SubscriptionConfirmed {
            connection_id,
            offset,
            channels,
            filters,
            subscribed_at,
        },
        Described::UnsubscriptionResult { channels } => Reply::UnsubscriptionResult { channels },
        Described::UnsubscriptionConfirmed { channels } => Reply::UnsubscriptionConfirmed {
            channels: (channels != "all").then(|| serde_json::from_value(channels).unwrap()),
        },
        Described::Subscriptions {
            connection_id,
            subscription,
        } => Reply::Subscriptions {
            connection_id,
            subscription,
        },
        Described::FiltersUpdated {
            offset,
            subscription,
        } => Reply::FiltersUpdated {
            offset,
            subscription,
        },
        Described::SubscriptionStats { stats } => Reply::SubscriptionStats { stats },
        Described::ResumeStarted {
            connection_id,
            since,
        } => Reply::ResumeStarted {
            connection_id,
            since,
        },
        Described::Error {
            code,
            message,
            retry_after_ms,
            details,
        } => Reply::Error(ErrorBody {
            code,
            message,
            retry_after_ms,
            details,
        }),
    }
}

fn result(described: DescribedResult) -> ChannelResult {
    match described.code {
        None => ChannelResult::subscribed(described.channel),
        Some(code) => ChannelResult::failed(
            described.channel,
            code,
            described.message.unwrap_or_default(),
        ),
    }
}
