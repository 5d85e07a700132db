//! What an event says: one struct per event type, and a door for types yet unknown.

pub(crate) mod alert;
pub(crate) mod emission;
pub(crate) mod governance;
pub(crate) mod liquidation;
pub(crate) mod other;
pub(crate) mod price;
pub(crate) mod protocol;
pub(crate) mod tvl;

use serde::Serialize;
use serde_json::{Map, Value};

use alert::Alert;
use emission::Emission;
use governance::Governance;
use liquidation::Liquidation;
use other::Other;
use price::PriceUpdate;
use protocol::ProtocolUpdate;
use tvl::TvlChange;

/// Further fields of a `data` object, written after the typed ones.
/// A name that the struct already has would stand twice in the JSON: keep them apart.
pub type Extra = Map<String, Value>;

/// The `data` of an event. The variant decides the event type.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Data {
    /// `price_update`
    PriceUpdate(PriceUpdate),
    /// `tvl_change`
    TvlChange(TvlChange),
    /// `protocol_update`
    ProtocolUpdate(ProtocolUpdate),
    /// `alert`
    Alert(Alert),
    /// `liquidation`
    Liquidation(Liquidation),
    /// `governance`
    Governance(Governance),
    /// `emission`
    Emission(Emission),
    /// Any other type.
    Other(Other),
}

impl Data {
    /// The event type as it is written in the envelope.
    #[must_use]
    pub fn event_type(&self) -> &str {
        match self {
            Self::PriceUpdate(_) => "price_update",
            Self::TvlChange(_) => "tvl_change",
            Self::ProtocolUpdate(_) => "protocol_update",
            Self::Alert(_) => "alert",
            Self::Liquidation(_) => "liquidation",
            Self::Governance(_) => "governance",
            Self::Emission(_) => "emission",
            Self::Other(other) => &other.event_type,
        }
    }

    /// What the envelope wants to know of the data.
    pub(crate) fn subject(&self) -> Subject<'_> {
        match self {
            Self::PriceUpdate(price) => price.subject(),
            Self::TvlChange(tvl) => tvl.subject(),
            Self::ProtocolUpdate(update) => update.subject(),
            Self::Alert(alert) => alert.subject(),
            Self::Liquidation(liquidation) => liquidation.subject(),
            Self::Governance(governance) => governance.subject(),
            Self::Emission(emission) => emission.subject(),
            Self::Other(other) => other.subject(),
        }
    }
}

/// The part of `data` that tags, confidence and the correlation id are made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subject<'a> {
    /// The first tag: `price`, `tvl`, `protocol` or the event type.
    pub(crate) kind: &'a str,
    /// The record the event came from, as the table's partition key spells it.
    pub(crate) record: String,
    pub(crate) protocol: Option<&'a str>,
    pub(crate) token: Option<&'a str>,
    pub(crate) chain: Option<&'a str>,
    pub(crate) change_percent: Option<f64>,
    /// A price without its symbol, a TVL without its name.
    pub(crate) nameless: bool,
}

/// An empty text is as good as none.
pub(crate) fn present(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
