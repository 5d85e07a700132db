//! The first minute of a new user: connect, subscribe, publish, see it arrive.

use llama_ws_tests::Stage;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_subscribes_with_filters_and_gets_its_event() {
    let stage = Stage::start().await;
    let mut client = stage.client().await;
    let request =
        json!({"type": "subscribe", "channels": ["prices"], "filters": {"tokenIds": ["ethereum"]}});
    let reply = client.ask(&request).await;
    assert_eq!(
        reply["results"],
        json!([{"channel": "prices", "status": "subscribed"}])
    );

    stage
        .publish(&json!([
            {"eventId": "1", "eventType": "price_update", "data": {"tokenId": "bitcoin"}},
            {"eventId": "2", "eventType": "price_update", "data": {"tokenId": "ethereum"}},
        ]))
        .await;
    let event = client.next().await;
    assert_eq!(event["eventId"], "2");
    assert_eq!(event["channel"], "prices");
}
