//! Counted: what each request costs of DynamoDB, whatever the number of subscribers. Redis' round
//! trips are counted where its adapter is tested.

use std::collections::BTreeMap;

use llama_ws_tests::{Client, Production, eventually};
use serde_json::{Value, json};

use super::alert;

type Requests = BTreeMap<String, u64>;

fn requests(expected: &[(&str, u64)]) -> Requests {
    let owned = expected
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count));
    owned.collect()
}

/// What there was since the last call, but for what the schedules ask every minute.
fn counted(production: &Production) -> Requests {
    let mut requests = production.tables.requests();
    requests.retain(|operation, _| !["Scan", "BatchGetItem"].contains(&operation.as_str()));
    requests
}

/// What `request` costs, once it is answered.
async fn cost(production: &Production, client: &mut Client, request: &Value) -> Requests {
    counted(production);
    let reply = client.ask(request).await;
    assert_ne!(reply["type"], "error", "{reply}");
    counted(production)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_cost_what_the_budget_says_with_one_subscriber_or_fifty() {
    let production = Production::start().await;
    let mut clients = vec![production.client().await];
    production.works().await;
    for subscribers in [1, 50] {
        while clients.len() < subscribers {
            let mut client = production.client().await;
            client.join(&["alerts"]).await;
            clients.push(client);
        }
        let what = format!("with {subscribers} subscribers");
        // An environment that has seen the key does not read it again.
        let _knows_the_key = production.client().await;
        counted(&production);
        let mut client = production.client().await;
        let one_write = requests(&[("PutItem", 1)]);
        assert_eq!(counted(&production), one_write, "{what}: connect");

        for request in [
            json!({"type": "subscribe", "channels": ["alerts", "prices", "tvl"]}),
            json!({"type": "filters", "filters": {"chains": ["bsc"]}}),
            json!({"type": "unsubscribe", "channels": ["prices"]}),
        ] {
            let cost = cost(&production, &mut client, &request).await;
            assert_eq!(cost, one_write, "{what}: {request}");
        }
        for request in [
            json!({"type": "ping"}),
            json!({"type": "subscriptions"}),
            json!({"type": "stats"}),
        ] {
            let cost = cost(&production, &mut client, &request).await;
            assert_eq!(cost, requests(&[]), "{what}: {request}");
        }

        production
            .ingest(&[
                alert(&format!("{subscribers}-1")),
                alert(&format!("{subscribers}-2")),
            ])
            .await;
        assert_eq!(client.next().await["eventId"], format!("{subscribers}-1"));
        assert_eq!(client.next().await["eventId"], format!("{subscribers}-2"));
        assert_eq!(
            counted(&production),
            requests(&[]),
            "{what}: a batch of events"
        );

        drop(client);
        let mut disconnect = Requests::new();
        eventually("the disconnect is stored", async || {
            disconnect.extend(counted(&production));
            !disconnect.is_empty()
        })
        .await;
        assert_eq!(disconnect, requests(&[("DeleteItem", 1)]), "{what}");
    }
    production.stop().await;
}
