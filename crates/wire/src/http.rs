//! Bodies that only HTTP answers have. The rest are the replies of the `action` dialect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, SubscriptionView, json};

/// `GET /stats`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Live connections.
    pub total_connections: u64,
    /// Subscribers of each channel.
    pub rooms: BTreeMap<String, u64>,
    /// What became of the events.
    pub delivery: DeliveryStats,
}

/// What became of the events so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryStats {
    /// Messages waiting in lanes.
    pub total_queued: u64,
    /// Messages that found a subscriber.
    pub routed: u64,
    /// Messages kept back by filters.
    pub filtered: u64,
    /// Messages given up.
    pub failed: u64,
}

impl Stats {
    /// The body as text.
    #[must_use]
    pub fn encode(&self, timestamp_ms: u64) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Connections {
            total_connections: u64,
        }
        #[derive(Serialize)]
        struct Body<'a> {
            connections: Connections,
            rooms: &'a BTreeMap<String, u64>,
            delivery: DeliveryStats,
            timestamp: u64,
        }
        json::text(&Body {
            connections: Connections {
                total_connections: self.total_connections,
            },
            rooms: &self.rooms,
            delivery: self.delivery,
            timestamp: timestamp_ms,
        })
    }
}

/// `GET /health`: what each dependency answered when it was really asked.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Health {
    /// State by name.
    pub dependencies: BTreeMap<String, DependencyState>,
}

/// What a dependency answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DependencyState {
    /// It answered in time.
    Ok,
    /// It did not.
    Down,
}

impl Health {
    /// Whether every dependency answered.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.dependencies
            .values()
            .all(|state| *state == DependencyState::Ok)
    }

    /// 200 or 503.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        if self.healthy() { 200 } else { 503 }
    }

    /// The body as text.
    #[must_use]
    pub fn encode(&self, timestamp_ms: u64) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            status: &'static str,
            dependencies: &'a BTreeMap<String, DependencyState>,
            timestamp: u64,
        }
        json::text(&Body {
            status: if self.healthy() {
                "healthy"
            } else {
                "unhealthy"
            },
            dependencies: &self.dependencies,
            timestamp: timestamp_ms,
        })
    }
}

/// `GET /subscriptions` without a connection: one page of the caller's connections.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct SubscriptionsPage {
    /// The connections of this page.
    pub connections: Vec<ConnectionSubscription>,
    /// What brings the next page; absent on the last.
    pub cursor: Option<String>,
}

/// One connection of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionSubscription {
    /// The connection.
    pub connection_id: String,
    /// What it is subscribed to, if anything.
    pub subscription: Option<SubscriptionView>,
}

impl SubscriptionsPage {
    /// The body as text.
    #[must_use]
    pub fn encode(&self, timestamp_ms: u64) -> String {
        #[derive(Serialize)]
        #[serde(tag = "type", rename = "subscriptions")]
        struct Body<'a> {
            connections: &'a [ConnectionSubscription],
            #[serde(skip_serializing_if = "Option::is_none")]
            cursor: Option<&'a str>,
            timestamp: u64,
        }
        json::text(&Body {
            connections: &self.connections,
            cursor: self.cursor.as_deref(),
            timestamp: timestamp_ms,
        })
    }
}

/// `POST /broadcast`, answered with 202.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BroadcastAccepted {
    /// Whether it is new; a repeat of an `eventId` changes nothing.
    pub accepted: bool,
    /// The event's identity, made here unless the message had one.
    pub event_id: String,
}

impl BroadcastAccepted {
    /// The body as text.
    #[must_use]
    pub fn encode(&self) -> String {
        json::text(self)
    }
}

/// The answer to published events, by invoke, SQS or the local `POST /events`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishReply {
    /// Events that are in the log now and were not before.
    pub accepted: u64,
    /// Events that were there already.
    pub duplicates: u64,
    /// Events that never will be.
    pub rejected: Vec<Rejected>,
}

/// One event that was refused; its neighbours were not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Its place in the request.
    pub index: u64,
    /// Why, for programs.
    pub code: ErrorCode,
    /// Why, for people.
    pub message: String,
}

impl PublishReply {
    /// The body as text.
    #[must_use]
    pub fn encode(&self) -> String {
        json::text(self)
    }
}
