//! The rarer events of the sample stream.

use llama_ws_publisher::{
    Alert, Data, Emission, Extra, Governance, Liquidation, PriceUpdate, ProtocolUpdate, Severity,
    UpdateType,
};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use serde_json::json;

use super::market::{PROTOCOLS, Protocol, TOKENS, Token};
use super::pick::pick;
use super::walk::rounded;

/// An alert is high from here on, and critical above the next.
const HIGH_PERCENT: f64 = 20.0;
const CRITICAL_PERCENT: f64 = 50.0;

/// Any of them.
pub(super) fn draw(rng: &mut impl Rng) -> Data {
    let drawn = match rng.random_range(0..10) {
        0..4 => update(rng),
        4..7 => liquidation(rng),
        7..9 => governance(rng),
        _ => emission(rng),
    };
    drawn.unwrap_or_else(|| test_alert(rng))
}

/// What a subscriber of alerts hears of a large move.
pub(super) fn price_alert(rng: &mut impl Rng, price: &PriceUpdate) -> Data {
    let moved = price.change_percent.abs();
    let severity = match moved {
        _ if moved > CRITICAL_PERCENT => Severity::Critical,
        _ if moved > HIGH_PERCENT => Severity::High,
        _ => Severity::Medium,
    };
    let message = format!(
        "{} {} {moved:.1} % to ${}",
        price.symbol,
        if price.change_percent < 0.0 {
            "fell"
        } else {
            "rose"
        },
        price.current_price
    );
    let mut alert = Alert::new(id(rng, "alert"), "price_change", message).severity(severity);
    alert.extra = Extra::from_iter([
        ("priority".to_owned(), json!(severity)),
        ("tokenId".to_owned(), json!(price.token_id)),
        ("chain".to_owned(), json!(price.chain)),
    ]);
    alert.into()
}

/// What is said when the tables hold nothing to speak of.
fn test_alert(rng: &mut impl Rng) -> Data {
    Alert::new(id(rng, "alert"), "test", "This is a test")
        .severity(Severity::Low)
        .into()
}

fn update(rng: &mut impl Rng) -> Option<Data> {
    let protocol = PROTOCOLS.choose(rng)?;
    let chains = json!(protocol.chains);
    let (kind, field, previous, current) = match rng.random_range(0..5) {
        0 => (
            UpdateType::Category,
            "category",
            json!("Dexes"),
            json!(protocol.category),
        ),
        1 => {
            let fewer = protocol
                .chains
                .split_last()
                .map_or(&[][..], |(_, fewer)| fewer);
            (UpdateType::ChainAdded, "chains", json!(fewer), chains)
        }
        2 => {
            let more: Vec<&str> = protocol.chains.iter().copied().chain(["gnosis"]).collect();
            (UpdateType::ChainRemoved, "chains", json!(more), chains)
        }
        3 => (
            UpdateType::Status,
            "status",
            json!("paused"),
            json!("active"),
        ),
        _ => {
            let audits = rng.random_range(1..6);
            (
                UpdateType::Metadata,
                "audits",
                json!(audits),
                json!(audits + 1),
            )
        }
    };
    Some(
        ProtocolUpdate::new(protocol.id, kind)
            .name(protocol.name)
            .change(field, previous, current)
            .into(),
    )
}

fn liquidation(rng: &mut impl Rng) -> Option<Data> {
    let lenders: Vec<&Protocol> = PROTOCOLS
        .iter()
        .filter(|protocol| protocol.category == "Lending")
        .collect();
    let protocol = lenders.choose(rng)?;
    let chain = pick(rng, protocol.chains);
    // Between 400 and 3,000,000 dollars, small ones mostly.
    let amount = rounded(rng.random_range(6.0_f64..15.0).exp(), 2);
    Some(Data::Liquidation(Liquidation {
        liquidation_id: id(rng, "liquidation"),
        protocol: protocol.id.to_owned(),
        amount,
        collateral: pick(rng, &["ETH", "WBTC", "WSTETH", "LINK", "AAVE", "SOL"]).to_owned(),
        debt: pick(rng, &["USDC", "USDT", "DAI", "USDE"]).to_owned(),
        extra: Extra::from_iter([("chain".to_owned(), json!(chain))]),
    }))
}

fn governance(rng: &mut impl Rng) -> Option<Data> {
    let protocol = PROTOCOLS.choose(rng)?;
    let titles = [
        "Raise the supply cap",
        "Adjust the interest rate curve",
        "Renew the grants programme",
        "Deploy on another chain",
        "Change the fee split",
        "Appoint the security council",
    ];
    Some(Data::Governance(Governance {
        proposal_id: format!("{}-{}", protocol.id, rng.random_range(1..500)),
        protocol: protocol.id.to_owned(),
        title: pick(rng, &titles).to_owned(),
        status: pick(rng, &["active", "passed", "rejected", "executed"]).to_owned(),
        extra: Extra::new(),
    }))
}

fn emission(rng: &mut impl Rng) -> Option<Data> {
    let givers: Vec<(&Protocol, &Token)> = PROTOCOLS.iter().filter_map(giver).collect();
    let (protocol, token) = givers.choose(rng)?;
    Some(Data::Emission(Emission {
        token_id: token.id.to_owned(),
        protocol: protocol.id.to_owned(),
        emission_rate: (token.supply * rng.random_range(0.000_05..0.000_4)).round(),
        total_emissions: (token.supply * rng.random_range(0.3..0.9)).round(),
        extra: Extra::new(),
    }))
}

/// A protocol with the token it gives out.
fn giver(protocol: &'static Protocol) -> Option<(&'static Protocol, &'static Token)> {
    let token = TOKENS
        .iter()
        .find(|token| Some(token.id) == protocol.token)?;
    Some((protocol, token))
}

fn id(rng: &mut impl Rng, kind: &str) -> String {
    format!("{kind}-{:06}", rng.random_range(1..1_000_000))
}
