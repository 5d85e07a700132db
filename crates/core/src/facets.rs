//! Facets: the few fields of an event's `data` that channels and filters look at.

use serde_json::value::RawValue;

use crate::identifier::{canonical_chain, canonical_id};
use crate::members::each_member;

/// What filters compare. Ids and chains are canonical; a field of the wrong JSON type counts as
/// absent, and so does an empty string (the Event Processor writes `""` for unknown).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facets {
    /// `eventType` or `type`.
    pub event_type: String,
    /// `data.protocolId`, else `data.protocol`.
    pub protocol: Option<String>,
    /// `data.tokenId`, else `data.token`, else `data.coin`.
    pub token: Option<String>,
    /// `data.chain`.
    pub chain: Option<String>,
    /// `data.value`, else `currentPrice`, `price`, `currentTvl`, `tvl`. Always finite.
    pub value: Option<f64>,
}

impl Facets {
    /// How many facets are texts.
    pub(crate) const TEXTS: usize = 4;

    /// The facets that lists are compared with: protocol, token, chain, event type.
    pub(crate) fn texts(&self) -> [Option<&str>; Self::TEXTS] {
        [
            self.protocol.as_deref(),
            self.token.as_deref(),
            self.chain.as_deref(),
            Some(&self.event_type),
        ]
    }

    /// Reads the facets of `data`. Where a key stands twice, the last counts, as for `JSON.parse`.
    #[must_use]
    pub fn of(event_type: &str, data: &RawValue) -> Self {
        let fields = DataFields::read(data);
        let protocol = fields.protocol_id.or(fields.protocol);
        let token = fields.token_id.or(fields.token).or(fields.coin);
        Self {
            event_type: event_type.to_owned(),
            protocol: protocol.map(|id| canonical_id(&id).into_owned()),
            token: token.map(|id| canonical_id(&id).into_owned()),
            chain: fields
                .chain
                .map(|chain| canonical_chain(&chain).into_owned()),
            value: fields
                .value
                .or(fields.current_price)
                .or(fields.price)
                .or(fields.current_tvl)
                .or(fields.tvl),
        }
    }
}

#[derive(Default)]
struct DataFields {
    protocol_id: Option<String>,
    protocol: Option<String>,
    token_id: Option<String>,
    token: Option<String>,
    coin: Option<String>,
    chain: Option<String>,
    value: Option<f64>,
    current_price: Option<f64>,
    price: Option<f64>,
    current_tvl: Option<f64>,
    tvl: Option<f64>,
}

impl DataFields {
    fn read(data: &RawValue) -> Self {
        let mut fields = Self::default();
        // What is not an object has no fields.
        let _ = each_member(data, |key, value| fields.set(key, value));
        fields
    }

    fn set(&mut self, key: &str, value: &RawValue) {
        let value = value.get();
        match key {
            "protocolId" => self.protocol_id = text(value),
            "protocol" => self.protocol = text(value),
            "tokenId" => self.token_id = text(value),
            "token" => self.token = text(value),
            "coin" => self.coin = text(value),
            "chain" => self.chain = text(value),
            "value" => self.value = number(value),
            "currentPrice" => self.current_price = number(value),
            "price" => self.price = number(value),
            "currentTvl" => self.current_tvl = number(value),
            "tvl" => self.tvl = number(value),
            _ => {}
        }
    }
}

fn text(json: &str) -> Option<String> {
    serde_json::from_str::<String>(json)
        .ok()
        .filter(|text| !text.is_empty())
}

fn number(json: &str) -> Option<f64> {
    serde_json::from_str::<f64>(json)
        .ok()
        .filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facets(data: &str) -> Facets {
        Facets::of("x", &RawValue::from_string(data.to_owned()).unwrap())
    }

    #[test]
    fn names_are_taken_in_the_order_of_the_contract() {
        let all = facets(
            r#"{"coin":"c","token":"t","tokenId":"ti","protocol":"p","protocolId":"pi","chain":"Base",
                "tvl":1,"currentTvl":2,"price":3,"currentPrice":4,"value":5}"#,
        );

        assert_eq!(all.token.as_deref(), Some("ti"));
        assert_eq!(all.protocol.as_deref(), Some("pi"));
        assert_eq!(all.chain.as_deref(), Some("base"));
        assert_eq!(all.value, Some(5.0));
        assert_eq!(
            facets(r#"{"coin":"c","tvl":1}"#).token.as_deref(),
            Some("c")
        );
        assert_eq!(facets(r#"{"price":3,"tvl":1}"#).value, Some(3.0));
    }

    #[test]
    fn the_wrong_type_counts_as_absent_and_the_next_name_is_tried() {
        let wrong = facets(
            r#"{"tokenId":7,"token":"eth","protocolId":"","chain":null,"value":"9","price":1e400,"tvl":2}"#,
        );

        assert_eq!(wrong.token.as_deref(), Some("eth"));
        assert_eq!(wrong.protocol, None);
        assert_eq!(wrong.chain, None);
        assert_eq!(wrong.value, Some(2.0));
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        assert_eq!(
            facets(r#"{"chain":"a","chain":"b"}"#).chain.as_deref(),
            Some("b")
        );
        assert_eq!(facets(r#"{"ch\u0061in":"b"}"#).chain.as_deref(), Some("b"));
    }

    #[test]
    fn a_key_that_is_no_text_hides_no_facet() {
        let found = facets(r#"{"\ud800":1,"chain":"a","value":2}"#);

        assert_eq!(found.chain.as_deref(), Some("a"));
        assert_eq!(found.value, Some(2.0));
    }

    #[test]
    fn deep_nesting_beside_the_facets_does_no_harm() {
        let deep = format!(
            r#"{{"x":{}{},"chain":"a"}}"#,
            "[".repeat(10_000),
            "]".repeat(10_000)
        );
        assert_eq!(facets(&deep).chain.as_deref(), Some("a"));
    }
}
