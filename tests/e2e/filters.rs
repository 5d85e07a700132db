//! Filters against events: one table of edges for each rule of the contract.

use llama_ws_tests::{Client, Stage};
use llama_ws_wire::{Message, ServerFrame};
use serde_json::{Value, json};

/// A stage with one client, whose `prices` are filtered anew for each row. An unfiltered alert
/// after each event shows that nothing else was on its way.
struct Sieve {
    stage: Stage,
    client: Client,
    rows: usize,
}

impl Sieve {
    async fn new() -> Self {
        let stage = Stage::roomy().await;
        let mut client = stage.client().await;
        client.join(&["alerts"]).await;
        Self {
            stage,
            client,
            rows: 0,
        }
    }

    /// Whether an event passes; `event` is text, so that it may hold any number.
    async fn passes(&mut self, filters: &str, event: &str) -> bool {
        let request =
            format!(r#"{{"type":"subscribe","channels":["prices"],"filters":{filters}}}"#);
        self.client.send_text(&request).await;
        let reply = self.client.next().await;
        assert_eq!(
            reply["results"][0]["status"], "subscribed",
            "{filters}: {reply}"
        );

        self.rows += 1;
        let end = json!({"eventId": format!("end-{}", self.rows), "type": "alert", "data": {}});
        let answer = self.stage.publish_text(&format!("[{event},{end}]")).await;
        assert_eq!(answer.json()["accepted"], 2, "{event}: {}", answer.text);
        let first = self.message().await;
        if end["eventId"] == first.event_id {
            return false;
        }
        assert_eq!(first.channel.as_deref(), Some("prices"));
        assert_eq!(end["eventId"], self.message().await.event_id);
        true
    }

    /// The next event, whose `data` may hold what only text can.
    async fn message(&mut self) -> Message {
        let text = self.client.next_text().await;
        match ServerFrame::decode(&text) {
            Ok(ServerFrame::Message(message)) => message,
            other => panic!("{other:?}: {text}"),
        }
    }

    /// Each row: filters, `data` of a price, whether it passes.
    async fn check(&mut self, rows: &[(&str, &str, bool)]) {
        for (filters, data, expected) in rows {
            let event = format!(r#"{{"type":"price_update","data":{data}}}"#);
            let passes = self.passes(filters, &event).await;
            assert_eq!(passes, *expected, "{filters} on {data}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_are_inclusive_and_exact() {
    let rows = [
        (
            r#"{"minValue":10}"#,
            r#"{"value":9.999999999999998}"#,
            false,
        ),
        (r#"{"minValue":10}"#, r#"{"value":10}"#, true),
        (r#"{"minValue":10}"#, r#"{"value":10.0}"#, true),
        (r#"{"minValue":10}"#, r#"{"value":1e1}"#, true),
        (r#"{"maxValue":10}"#, r#"{"value":10}"#, true),
        (
            r#"{"maxValue":10}"#,
            r#"{"value":10.000000000000002}"#,
            false,
        ),
        (r#"{"minValue":5,"maxValue":5}"#, r#"{"value":5}"#, true),
        (r#"{"minValue":5,"maxValue":5}"#, r#"{"value":5.1}"#, false),
        (r#"{"minValue":0}"#, r#"{"value":-0.0}"#, true),
        (r#"{"minValue":0}"#, r#"{"value":-1e-300}"#, false),
        (r#"{"maxValue":-1}"#, r#"{"value":0}"#, false),
        (r#"{"minValue":0.1}"#, r#"{"value":0.1}"#, true),
        (
            r#"{"minValue":0.3}"#,
            r#"{"value":0.30000000000000004}"#,
            true,
        ),
        (
            r#"{"minValue":123456789012345680}"#,
            r#"{"value":123456789012345680}"#,
            true,
        ),
        (r#"{"maxValue":1e308}"#, r#"{"value":1.7e308}"#, false),
    ];
    Sieve::new().await.check(&rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_without_the_facet_passes() {
    let all = r#"{"protocolIds":["p"],"tokenIds":["t"],"chains":["c"],"minValue":5,"maxValue":6}"#;
    let rows = [
        (all, "{}", true),
        (all, r#"{"protocolId":"p"}"#, true),
        (all, r#"{"tokenId":"t"}"#, true),
        (all, r#"{"chain":"c"}"#, true),
        (all, r#"{"value":5}"#, true),
        (
            all,
            r#"{"protocolId":"p","tokenId":"t","chain":"c","value":6}"#,
            true,
        ),
        (all, r#"{"protocolId":"q"}"#, false),
        (all, r#"{"tokenId":"u"}"#, false),
        (all, r#"{"chain":"d"}"#, false),
        (all, r#"{"value":7}"#, false),
        (
            all,
            r#"{"protocolId":"p","tokenId":"t","chain":"c","value":7}"#,
            false,
        ),
        (
            all,
            r#"{"protocolId":"p","tokenId":"t","chain":"d","value":6}"#,
            false,
        ),
    ];
    Sieve::new().await.check(&rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_values_of_a_list_are_alternatives_and_an_empty_list_is_no_constraint() {
    let rows = [
        (r#"{"tokenIds":["a","b"]}"#, r#"{"tokenId":"a"}"#, true),
        (r#"{"tokenIds":["a","b"]}"#, r#"{"tokenId":"b"}"#, true),
        (r#"{"tokenIds":["a","b"]}"#, r#"{"tokenId":"c"}"#, false),
        (r#"{"tokenIds":["a","a"]}"#, r#"{"tokenId":"a"}"#, true),
        (r#"{"tokenIds":["ab"]}"#, r#"{"tokenId":"a"}"#, false),
        (r#"{"tokenIds":[]}"#, r#"{"tokenId":"c"}"#, true),
        (
            r#"{"protocolIds":[],"tokenIds":[],"chains":[],"eventTypes":[]}"#,
            r#"{"protocolId":"p","tokenId":"t","chain":"c","value":1}"#,
            true,
        ),
        (
            r#"{"tokenIds":[],"chains":["c"]}"#,
            r#"{"tokenId":"a","chain":"d"}"#,
            false,
        ),
        ("{}", r#"{"tokenId":"c","value":1}"#, true),
    ];
    Sieve::new().await.check(&rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chains_and_addresses_compare_without_case_and_other_ids_with_it() {
    let rows = [
        (
            r#"{"chains":["Ethereum"]}"#,
            r#"{"chain":"ethereum"}"#,
            true,
        ),
        (
            r#"{"chains":["ethereum"]}"#,
            r#"{"chain":"ETHEREUM"}"#,
            true,
        ),
        (
            r#"{"tokenIds":["0xAbCd"]}"#,
            r#"{"tokenId":"0xabcd"}"#,
            true,
        ),
        (r#"{"tokenIds":["0xabcd"]}"#, r#"{"token":"0XABCD"}"#, true),
        (
            r#"{"tokenIds":["ethereum:0xAB"]}"#,
            r#"{"tokenId":"Ethereum:0xab"}"#,
            true,
        ),
        (
            r#"{"protocolIds":["0xAB"]}"#,
            r#"{"protocol":"0xab"}"#,
            true,
        ),
        (
            r#"{"tokenIds":["Bitcoin"]}"#,
            r#"{"coin":"bitcoin"}"#,
            false,
        ),
        (
            r#"{"protocolIds":["Aave-v3"]}"#,
            r#"{"protocolId":"aave-v3"}"#,
            false,
        ),
        (
            r#"{"tokenIds":["0xAbXY"]}"#,
            r#"{"tokenId":"0xabxy"}"#,
            false,
        ),
        (
            r#"{"tokenIds":["coingecko:Eth"]}"#,
            r#"{"tokenId":"coingecko:eth"}"#,
            false,
        ),
    ];
    Sieve::new().await.check(&rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_name_of_a_facet_counts_in_the_contracts_order() {
    let rows = [
        (r#"{"protocolIds":["p"]}"#, r#"{"protocolId":"q"}"#, false),
        (r#"{"protocolIds":["p"]}"#, r#"{"protocol":"q"}"#, false),
        (
            r#"{"protocolIds":["p"]}"#,
            r#"{"protocol":"q","protocolId":"p"}"#,
            true,
        ),
        (r#"{"tokenIds":["t"]}"#, r#"{"tokenId":"u"}"#, false),
        (r#"{"tokenIds":["t"]}"#, r#"{"token":"u"}"#, false),
        (r#"{"tokenIds":["t"]}"#, r#"{"coin":"u"}"#, false),
        (r#"{"tokenIds":["t"]}"#, r#"{"coin":"u","token":"t"}"#, true),
        (
            r#"{"tokenIds":["t"]}"#,
            r#"{"coin":"t","token":"u","tokenId":"t"}"#,
            true,
        ),
        (
            r#"{"tokenIds":["t"]}"#,
            r#"{"coin":"t","token":"t","tokenId":"u"}"#,
            false,
        ),
        (
            r#"{"tokenIds":["t"]}"#,
            r#"{"tokenIds":["u"],"id":"u","symbol":"u"}"#,
            true,
        ),
        (
            r#"{"chains":["c"]}"#,
            r#"{"chainId":"d","chains":["d"]}"#,
            true,
        ),
        (
            r#"{"tokenIds":["t"]}"#,
            r#"{"nested":{"tokenId":"u"}}"#,
            true,
        ),
        (r#"{"chains":["c"]}"#, r#"{"ch\u0061in":"d"}"#, false),
        (r#"{"chains":["c"]}"#, r#"{"chain":"c","chain":"d"}"#, false),
    ];
    Sieve::new().await.check(&rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_value_is_the_first_number_in_the_contracts_order() {
    let fields = ["value", "currentPrice", "price", "currentTvl", "tvl"];
    let filters = r#"{"minValue":10}"#;
    let mut sieve = Sieve::new().await;
    for (rank, field) in fields.iter().enumerate() {
        let good = json!({*field: 10}).to_string();
        let bad = json!({*field: 9}).to_string();
        sieve
            .check(&[
                (filters, good.as_str(), true),
                (filters, bad.as_str(), false),
            ])
            .await;
        for later in &fields[rank + 1..] {
            let good_first = json!({*later: 9, *field: 10}).to_string();
            let bad_first = json!({*later: 10, *field: 9}).to_string();
            let wrong_type = json!({*later: 10, *field: "9"}).to_string();
            sieve
                .check(&[
                    (filters, good_first.as_str(), true),
                    (filters, bad_first.as_str(), false),
                    (filters, wrong_type.as_str(), true),
                ])
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_facet_of_the_wrong_type_counts_as_absent() {
    let rows = [
        (r#"{"minValue":10}"#, r#"{"value":"9"}"#, true),
        (r#"{"minValue":10}"#, r#"{"value":null}"#, true),
        (r#"{"minValue":10}"#, r#"{"value":[9]}"#, true),
        (r#"{"minValue":10}"#, r#"{"value":true}"#, true),
        (
            r#"{"minValue":10,"maxValue":11}"#,
            r#"{"value":1e400}"#,
            true,
        ),
        (r#"{"minValue":10}"#, r#"{"value":"9","price":9}"#, false),
        (r#"{"tokenIds":["7"]}"#, r#"{"tokenId":8}"#, true),
        (
            r#"{"tokenIds":["t"]}"#,
            r#"{"tokenId":null,"coin":"u"}"#,
            false,
        ),
        (r#"{"tokenIds":["t"]}"#, r#"{"tokenId":["u"]}"#, true),
        (r#"{"chains":["c"]}"#, r#"{"chain":{"name":"d"}}"#, true),
        (r#"{"chains":["c"]}"#, r#"{"chain":""}"#, true),
        (r#"{"chains":["c"]}"#, r#"{"chain":"\ud800"}"#, true),
        (r#"{"chains":["c"]}"#, r#"{"\ud800":1,"chain":"d"}"#, false),
    ];
    Sieve::new().await.check(&rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn event_types_compare_exactly_and_every_event_has_one() {
    let rows = [
        (r#"{"eventTypes":["price_update"]}"#, "{}", true),
        (r#"{"eventTypes":["alert","price_update"]}"#, "{}", true),
        (r#"{"eventTypes":["Price_Update"]}"#, "{}", false),
        (r#"{"eventTypes":["tvl_change"]}"#, "{}", false),
        (
            r#"{"eventTypes":["tvl_change"]}"#,
            r#"{"eventType":"tvl_change"}"#,
            false,
        ),
    ];
    let mut sieve = Sieve::new().await;
    sieve.check(&rows).await;
    let named_twice = r#"{"eventType":"price_update","type":"tvl_change","data":{}}"#;
    let filters = r#"{"eventTypes":["price_update"]}"#;
    assert!(sieve.passes(filters, named_twice).await, "eventType wins");
}

/// Filters are shown as they were written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_come_back_as_they_were_written() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    let filters = r#"{"protocolIds":["P","P"],"tokenIds":[],"chains":["Base","é"],"eventTypes":["x"],"minValue":-1.50,"maxValue":18446744073709551615}"#;
    client
        .send_text(&format!(
            r#"{{"action":"subscribe","channels":["prices"],"filters":{filters}}}"#
        ))
        .await;
    let reply = client.next().await;
    let written: Value = serde_json::from_str(filters).unwrap();
    assert_eq!(reply["subscription"]["filters"], written);
    let reply = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(reply["subscription"]["filters"], written);
    let reply = client
        .ask(&json!({"type": "filters", "filters": written}))
        .await;
    assert_eq!(reply["subscription"]["filters"], written);
}
