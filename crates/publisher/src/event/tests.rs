//! Every event type against its JSON, character by character.

use std::collections::BTreeMap;
use std::error::Error;

use serde_json::json;
use serde_json::value::RawValue;

use super::*;
use crate::{
    Alert, Emission, Extra, Governance, Liquidation, Other, PriceUpdate, ProtocolUpdate, Severity,
    TvlChange, UpdateType,
};

const NOW: u64 = 1_764_000_000_000;

#[track_caller]
fn check(event: &Event, expected: &str) {
    assert_eq!(event.to_json().unwrap(), expected);
}

/// The part of the envelope that is the same in each golden text.
fn golden(event_type: &str, metadata: &str, data: &str) -> String {
    format!(
        r#"{{"eventId":"e-1","eventType":"{event_type}","timestamp":1764000000000,"source":"scheduled","version":"1.0","metadata":{metadata},"data":{data}}}"#
    )
}

#[test]
fn price_update() {
    let mut price = PriceUpdate::new("ethereum", 2_500.0, 2_750.5)
        .symbol("ETH")
        .chain("arbitrum");
    price.volume_24h = Some(1.5e9);
    price.extra.insert("value".to_owned(), json!(2_750.5));

    check(
        &Event::new("e-1", NOW, price),
        &golden(
            "price_update",
            r#"{"correlationId":"coingecko#ethereum-490000","confidence":0.9,"processingTime":0,"retryCount":0,"tags":["price","ethereum","arbitrum","large-change"]}"#,
            r#"{"tokenId":"ethereum","symbol":"ETH","chain":"arbitrum","previousPrice":2500.0,"currentPrice":2750.5,"changePercent":10.02,"changeAbsolute":250.5,"decimals":18,"volume24h":1500000000.0,"value":2750.5}"#,
        ),
    );
}

#[test]
fn price_update_of_a_contract_without_a_name() {
    let price = PriceUpdate::new("bsc:0xAb", 0.0, 2.0);

    check(
        &Event::new("e-1", NOW, price),
        &golden(
            "price_update",
            r#"{"correlationId":"asset#bsc:0xAb-490000","confidence":0.75,"processingTime":0,"retryCount":0,"tags":["price","bsc:0xAb","large-change","extreme-change"]}"#,
            r#"{"tokenId":"bsc:0xAb","symbol":"","chain":"","previousPrice":0.0,"currentPrice":2.0,"changePercent":100.0,"changeAbsolute":2.0,"decimals":18}"#,
        ),
    );
}

#[test]
fn tvl_change() {
    let mut tvl = TvlChange::new("aave-v3", 1_000.0, 990.0)
        .name("Aave V3")
        .chain("base");
    tvl.breakdown = BTreeMap::from([("base".to_owned(), 990.0)]);
    tvl.tokens = BTreeMap::from([("usd-coin".to_owned(), 12.5)]);

    check(
        &Event::new("e-1", NOW, tvl),
        &golden(
            "tvl_change",
            r#"{"correlationId":"hourlyTvl#aave-v3-490000","confidence":0.9,"processingTime":0,"retryCount":0,"tags":["tvl","aave-v3","base"]}"#,
            r#"{"protocolId":"aave-v3","protocolName":"Aave V3","chain":"base","previousTvl":1000.0,"currentTvl":990.0,"changePercent":-1.0,"changeAbsolute":-10.0,"breakdown":{"base":990.0},"tokens":{"usd-coin":12.5}}"#,
        ),
    );
}

#[test]
fn tvl_change_falls_back_to_the_id_as_name() {
    check(
        &Event::new("e-1", NOW, TvlChange::new("lido", 0.0, 0.0)),
        &golden(
            "tvl_change",
            r#"{"correlationId":"hourlyTvl#lido-490000","confidence":0.85,"processingTime":0,"retryCount":0,"tags":["tvl","lido"]}"#,
            r#"{"protocolId":"lido","protocolName":"lido","previousTvl":0.0,"currentTvl":0.0,"changePercent":0.0,"changeAbsolute":0.0}"#,
        ),
    );
}

#[test]
fn protocol_update() {
    let update = ProtocolUpdate::new("uniswap-v3", UpdateType::ChainAdded)
        .name("Uniswap V3")
        .change("chains", json!(["ethereum"]), json!(["ethereum", "base"]));

    check(
        &Event::new("e-1", NOW, update),
        &golden(
            "protocol_update",
            r#"{"correlationId":"protocol#uniswap-v3-490000","confidence":0.9,"processingTime":0,"retryCount":0,"tags":["protocol","uniswap-v3"]}"#,
            r#"{"protocolId":"uniswap-v3","protocolName":"Uniswap V3","updateType":"chain_added","changes":[{"field":"chains","previousValue":["ethereum"],"currentValue":["ethereum","base"]}]}"#,
        ),
    );
}

#[test]
fn alert_for_one_user() {
    let alert =
        Alert::new("a-7", "price_threshold", "Bitcoin is above $70,000").severity(Severity::High);
    let event = Event::new("e-1", NOW, alert)
        .for_user("user-9")
        .source(Source::Manual)
        .tag("watch");

    check(
        &event,
        r#"{"eventId":"e-1","eventType":"alert","timestamp":1764000000000,"source":"manual","version":"1.0","metadata":{"correlationId":"alert#a-7-490000","confidence":0.9,"processingTime":0,"retryCount":0,"tags":["alert","watch"]},"userId":"user-9","data":{"alertId":"a-7","type":"price_threshold","message":"Bitcoin is above $70,000","severity":"high"}}"#,
    );
}

#[test]
fn liquidation() {
    let liquidation = Liquidation {
        liquidation_id: "l-3".to_owned(),
        protocol: "aave-v3".to_owned(),
        amount: 125_000.25,
        collateral: "ETH".to_owned(),
        debt: "USDC".to_owned(),
        extra: Extra::from_iter([("chain".to_owned(), json!("ethereum"))]),
    };

    check(
        &Event::new("e-1", NOW, liquidation),
        &golden(
            "liquidation",
            r#"{"correlationId":"liquidation#l-3-490000","confidence":0.9,"processingTime":0,"retryCount":0,"tags":["liquidation","aave-v3"]}"#,
            r#"{"liquidationId":"l-3","protocol":"aave-v3","amount":125000.25,"collateral":"ETH","debt":"USDC","chain":"ethereum"}"#,
        ),
    );
}

#[test]
fn governance() {
    let governance = Governance {
        proposal_id: "p-42".to_owned(),
        protocol: "compound-v3".to_owned(),
        title: "Raise the cap".to_owned(),
        status: "active".to_owned(),
        extra: Extra::new(),
    };

    check(
        &Event::new("e-1", NOW, governance),
        &golden(
            "governance",
            r#"{"correlationId":"governance#p-42-490000","confidence":0.9,"processingTime":0,"retryCount":0,"tags":["governance","compound-v3"]}"#,
            r#"{"proposalId":"p-42","protocol":"compound-v3","title":"Raise the cap","status":"active"}"#,
        ),
    );
}

#[test]
fn emission() {
    let emission = Emission {
        token_id: "curve-dao-token".to_owned(),
        protocol: "curve-dex".to_owned(),
        emission_rate: 443_000.0,
        total_emissions: 2.1e9,
        extra: Extra::new(),
    };

    check(
        &Event::new("e-1", NOW, emission),
        &golden(
            "emission",
            r#"{"correlationId":"emission#curve-dao-token-490000","confidence":0.9,"processingTime":0,"retryCount":0,"tags":["emission","curve-dex","curve-dao-token"]}"#,
            r#"{"tokenId":"curve-dao-token","protocol":"curve-dex","emissionRate":443000.0,"totalEmissions":2100000000.0}"#,
        ),
    );
}

#[test]
fn other_types_pass_their_data_byte_for_byte() {
    let data = RawValue::from_string(r#"{ "pool": 1.50,  "apy":7e0 }"#.to_owned()).unwrap();
    let other = Other {
        event_type: "yield_update".to_owned(),
        data,
    };

    check(
        &Event::new("e-1", NOW, other),
        &golden(
            "yield_update",
            r#"{"correlationId":"yield_update-490000","confidence":0.9,"processingTime":0,"retryCount":0,"tags":["yield_update"]}"#,
            r#"{ "pool": 1.50,  "apy":7e0 }"#,
        ),
    );
}

#[test]
fn numbers_that_are_none_are_refused() {
    let mut breakdown = TvlChange::new("lido", 1.0, 1.0);
    breakdown
        .breakdown
        .insert("ethereum".to_owned(), f64::NEG_INFINITY);
    let mut volume = PriceUpdate::new("ethereum", 1.0, 1.0);
    volume.volume_24h = Some(f64::INFINITY);

    let events = [
        Event::new("e-1", NOW, PriceUpdate::new("ethereum", 1.0, f64::NAN)),
        Event::new("e-1", NOW, volume),
        Event::new("e-1", NOW, breakdown),
    ];
    for event in events {
        let error = event.to_json().unwrap_err();
        assert!(
            error
                .source()
                .unwrap()
                .to_string()
                .contains("not a JSON number"),
            "{error:?}"
        );
    }
}
