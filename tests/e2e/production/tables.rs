//! DynamoDB throttles, or does not answer.

use llama_ws_functions::Function;
use llama_ws_tests::{Changes, Client, Production, Table, eventually};
use serde_json::json;

use super::alert;

/// What needs the tables is refused and can be repeated; what does not goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_tables_are_away_events_flow_and_requests_are_refused() {
    let production = Production::start().await;
    let mut client = production.client().await;
    production.works().await;
    client.join(&["alerts"]).await;
    let join = json!({"type": "subscribe", "channels": ["prices"]});
    for (number, table) in [Table::Throttles, Table::Hangs].into_iter().enumerate() {
        production.tables.set(table);
        let refused = client.ask(&join).await;
        assert_eq!(refused["code"], "UNAVAILABLE", "{table:?}: {refused}");
        assert_eq!(refused["retryable"], true);
        let stranger = Client::connect(production.addr(), "/?apiKey=demo-key", &[]).await;
        assert_eq!(stranger.err().map(|refused| refused.status), Some(503));
        assert_eq!(client.ask(&json!({"type": "ping"})).await["type"], "pong");
        let id = number.to_string();
        production.ingest(&[alert(&id)]).await;
        assert_eq!(client.next().await["eventId"], id);

        production.tables.set(Table::Answers);
        let confirmed = client.ask(&join).await;
        assert_eq!(confirmed["type"], "subscription_result", "{confirmed}");
    }
    production.stop().await;
}

/// The gateway's `$disconnect` is best effort: the first post that finds nobody ends the connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_end_is_never_reported_is_forgotten() {
    let production = Production::with(Changes {
        drop_disconnect: true,
        ..Changes::default()
    })
    .await;
    let mut leaver = production.client().await;
    production.works().await;
    leaver.join(&["alerts"]).await;
    assert_eq!(production.redis.say("SCARD ws:connections").await, ":1");
    drop(leaver);
    production.ingest(&[alert("nobody")]).await;

    eventually("nobody is connected", async || {
        production.redis.say("SCARD ws:connections").await == ":0"
    })
    .await;
    let reaped = production
        .invoke(Function::Disconnect, &json!({"reap": {}}))
        .await;
    assert_eq!(reaped["ended"], 0, "{reaped}");
    production.stop().await;
}
