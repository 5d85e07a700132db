//! Every way in, at once.

use llama_ws_functions::Function;
use llama_ws_publisher::{Alert, Event, Publisher, PublisherConfig};
use llama_ws_tests::Production;
use serde_json::{Value, json};

use super::{alert, follow};
use crate::follower::Follower;

const EVENTS: usize = 50;

const PUBLISHED_AT: u64 = 1_764_000_000_000;

fn batch(ids: &[String]) -> Vec<Value> {
    ids.iter().map(|id| alert(id)).collect()
}

/// A queue's batch, bare and wrapped in turn.
fn queue(ids: &[String]) -> Value {
    let record = |(number, event): (usize, Value)| {
        let body = if number.is_multiple_of(2) {
            event
        } else {
            json!({"event": event, "receivedAt": 1})
        };
        json!({"messageId": number.to_string(), "body": body.to_string()})
    };
    let records: Vec<Value> = batch(ids).into_iter().enumerate().map(record).collect();
    json!({"Records": records})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_by_all_ways_at_once_is_one() {
    let production = Production::start().await;
    let mut client = production.client().await;
    production.works().await;
    let mut follower = Follower::new(&client.join(&["alerts"]).await);
    let ids: Vec<String> = (0..EVENTS).map(|n| n.to_string()).collect();

    let announce = async {
        for event in batch(&ids) {
            production.announce("events:alerts", &event).await;
        }
    };
    let publish = async {
        let config = PublisherConfig::new(production.redis.url());
        let publisher = Publisher::connect(&config).unwrap();
        let data = Alert::new("a", "price-drop", "down by a tenth");
        let events = ids
            .iter()
            .map(|id| Event::new(id, PUBLISHED_AT, data.clone()));
        let published = publisher.publish(&events.collect::<Vec<_>>()).await;
        assert_eq!(published.unwrap().outcomes.len(), EVENTS);
    };
    let (events, records) = (json!({"events": batch(&ids)}), queue(&ids));
    let (invoked, both, queued, ..) = tokio::join!(
        production.invoke(Function::EventIngest, &events),
        production.invoke(Function::EventFanout, &events),
        production.invoke(Function::EventIngest, &records),
        announce,
        publish,
    );
    for answer in [invoked, both] {
        assert_eq!(answer["rejected"], json!([]));
        let seen = answer["accepted"]
            .as_u64()
            .zip(answer["duplicates"].as_u64());
        assert_eq!(
            seen.map(|(new, repeats)| new + repeats),
            Some(50),
            "{answer}"
        );
    }
    assert_eq!(queued, json!({"batchItemFailures": []}));
    follow(&mut client, &mut follower, &ids).await;
    production.ingest(&[alert("end")]).await;
    follow(&mut client, &mut follower, &["end".to_owned()]).await;

    let mut delivered = follower.delivered.clone();
    assert_eq!(delivered.pop().as_deref(), Some("end"));
    delivered.sort_by_key(|id| id.parse::<usize>().unwrap());
    assert_eq!(delivered, ids);
    assert_eq!(follower.repeats, 0);
    production.stop().await;
}
