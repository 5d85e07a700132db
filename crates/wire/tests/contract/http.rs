//! Vectors of HTTP bodies, both ways.

use llama_ws_wire::{
    BroadcastAccepted, ConnectionSubscription, DeliveryStats, ErrorBody, Health, PublishReply,
    Stats, SubscriptionsPage, decode_http_broadcast, decode_http_filters, decode_http_subscribe,
    decode_http_unsubscribe,
};
use serde::Deserialize;
use serde_json::Value;

use crate::canonical;
use crate::vectors::{Expected, check_all, same};

#[derive(Deserialize)]
struct RequestRow {
    name: String,
    route: String,
    body: String,
    #[serde(flatten)]
    expected: Expected,
}

#[test]
fn bodies_decode_as_the_vectors_say() {
    check_all(
        "http_requests.json",
        |row: &RequestRow| &row.name,
        |row| match (decode(row), &row.expected) {
            (Ok(fields), Expected::Expect(expected)) => same(&fields, expected),
            (Err(error), Expected::Error(expected)) => same(&canonical::error(&error), expected),
            (actual, _) => Err(format!("is {actual:?}")),
        },
    );
}

fn decode(row: &RequestRow) -> Result<Value, ErrorBody> {
    let with_connection = |connection_id: String, mut fields: Value| {
        fields["connectionId"] = connection_id.into();
        fields
    };
    let body = &row.body;
    match row.route.as_str() {
        "subscribe" => decode_http_subscribe(body)
            .map(|(connection, fields)| with_connection(connection, canonical::subscribe(&fields))),
        "unsubscribe" => decode_http_unsubscribe(body).map(|(connection, fields)| {
            with_connection(connection, canonical::unsubscribe(&fields))
        }),
        "filters" => decode_http_filters(body).map(|(connection, fields)| {
            with_connection(connection, canonical::update_filters(&fields))
        }),
        "broadcast" => decode_http_broadcast(body).map(|fields| canonical::broadcast(&fields)),
        other => panic!("no such route: {other}"),
    }
}

#[derive(Deserialize)]
struct ReplyRow {
    name: String,
    body: Body,
    #[serde(default)]
    timestamp: u64,
    status: u16,
    encoded: String,
}

#[derive(Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
enum Body {
    Stats {
        total_connections: u64,
        rooms: std::collections::BTreeMap<String, u64>,
        delivery: DeliveryStats,
    },
    Health {
        dependencies: std::collections::BTreeMap<String, llama_ws_wire::DependencyState>,
    },
    SubscriptionsPage {
        connections: Vec<ConnectionSubscription>,
        cursor: Option<String>,
    },
    BroadcastAccepted(BroadcastAccepted),
    PublishReply(PublishReply),
}

#[test]
fn bodies_encode_as_the_vectors_say() {
    check_all(
        "http_replies.json",
        |row: &ReplyRow| &row.name,
        |row| {
            let (status, encoded) = encode(&row.body, row.timestamp);
            same(&encoded, &row.encoded)?;
            same(&status, &row.status)
        },
    );
}

fn encode(body: &Body, timestamp_ms: u64) -> (u16, String) {
    match body {
        Body::Stats {
            total_connections,
            rooms,
            delivery,
        } => {
            let stats = Stats {
                total_connections: *total_connections,
                rooms: rooms.clone(),
                delivery: *delivery,
            };
            (200, stats.encode(timestamp_ms))
        }
        Body::Health { dependencies } => {
            let health = Health {
                dependencies: dependencies.clone(),
            };
            (health.http_status(), health.encode(timestamp_ms))
        }
        Body::SubscriptionsPage {
            connections,
            cursor,
        } => {
            let page = SubscriptionsPage {
                connections: connections.clone(),
                cursor: cursor.clone(),
            };
            (200, page.encode(timestamp_ms))
        }
        Body::BroadcastAccepted(accepted) => (202, accepted.encode()),
        Body::PublishReply(reply) => (200, reply.encode()),
    }
}
