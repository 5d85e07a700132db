//! `price_update`: the price of a token on a chain.

use serde::Serialize;

use super::{Data, Extra, Subject, present};
use crate::change;
use crate::number::{finite, finite_option};

/// The decimals of a token whose own are unknown.
const DEFAULT_DECIMALS: u8 = 18;

/// The price of a token moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceUpdate {
    /// The token, as its channel spells it: `ethereum`, or `chain:0x…`.
    pub token_id: String,
    /// Its ticker; empty when unknown.
    pub symbol: String,
    /// The chain it was seen on; empty when unknown.
    pub chain: String,
    /// US dollars before.
    #[serde(serialize_with = "finite")]
    pub previous_price: f64,
    /// US dollars now.
    #[serde(serialize_with = "finite")]
    pub current_price: f64,
    /// From the previous price, in percent.
    #[serde(serialize_with = "finite")]
    pub change_percent: f64,
    /// From the previous price, in US dollars.
    #[serde(serialize_with = "finite")]
    pub change_absolute: f64,
    /// Decimals of the token; 18 when unknown.
    pub decimals: u8,
    /// US dollars traded in the last 24 hours.
    #[serde(
        rename = "volume24h",
        skip_serializing_if = "Option::is_none",
        serialize_with = "finite_option"
    )]
    pub volume_24h: Option<f64>,
    /// Market capitalisation in US dollars.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "finite_option"
    )]
    pub market_cap: Option<f64>,
    /// Further fields.
    #[serde(flatten)]
    pub extra: Extra,
}

impl PriceUpdate {
    /// A move from `previous` to `current` US dollars, symbol and chain unknown.
    #[must_use]
    pub fn new(token_id: impl Into<String>, previous: f64, current: f64) -> Self {
        Self {
            token_id: token_id.into(),
            symbol: String::new(),
            chain: String::new(),
            previous_price: previous,
            current_price: current,
            change_percent: change::percent(previous, current),
            change_absolute: current - previous,
            decimals: DEFAULT_DECIMALS,
            volume_24h: None,
            market_cap: None,
            extra: Extra::new(),
        }
    }

    /// With its ticker.
    #[must_use]
    pub fn symbol(mut self, symbol: impl Into<String>) -> Self {
        self.symbol = symbol.into();
        self
    }

    /// Seen on `chain`.
    #[must_use]
    pub fn chain(mut self, chain: impl Into<String>) -> Self {
        self.chain = chain.into();
        self
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        let table = if self.token_id.contains(':') {
            "asset"
        } else {
            "coingecko"
        };
        Subject {
            kind: "price",
            record: format!("{table}#{}", self.token_id),
            token: present(&self.token_id),
            chain: present(&self.chain),
            change_percent: Some(self.change_percent),
            nameless: self.symbol.is_empty(),
            ..Subject::default()
        }
    }
}

impl From<PriceUpdate> for Data {
    fn from(price: PriceUpdate) -> Self {
        Self::PriceUpdate(price)
    }
}
