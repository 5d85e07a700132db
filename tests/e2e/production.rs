//! The way to production from end to end: the deployed binaries over the Runtime API, real Redis,
//! DynamoDB Local, PostToConnection. What the other stories cannot do in memory: parts that die.

mod counted;
mod crash;
mod hand_over;
mod redis_lost;
mod tables;
mod ways_in;

use std::collections::BTreeSet;

use llama_ws_tests::Client;
use serde_json::{Value, json};

use crate::follower::Follower;

/// An alert: never conflated, never passed over.
fn alert(id: &str) -> Value {
    json!({"eventId": id, "type": "alert", "data": {}})
}

/// Reads until every one of `ids` was delivered.
async fn follow(client: &mut Client, follower: &mut Follower, ids: &[String]) {
    let mut missing: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    follower.delivered.iter().for_each(|id| {
        missing.remove(id.as_str());
    });
    while !missing.is_empty() {
        let frame = client.next().await;
        follower.take(&frame);
        if let Some(id) = frame["eventId"].as_str() {
            missing.remove(id);
        }
    }
}
