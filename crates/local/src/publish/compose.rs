//! An event made of a few options.

use llama_ws_core::UnixMillis;
use llama_ws_publisher::{EncodeError, Event, Other, Source};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Number, Value};

/// What a person wants to publish.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The event type.
    pub event_type: String,
    /// The one user who may see it.
    pub user: Option<String>,
    /// Tags beyond the first, which is the type.
    pub tags: Vec<String>,
    /// Its `data`.
    pub data: DraftData,
}

/// The `data` of a draft.
#[derive(Debug, Clone)]
pub enum DraftData {
    /// As it was typed.
    Typed(Box<RawValue>),
    /// Made of options.
    Made(DraftFields),
}

/// The fields of `data` that have an option; an absent one is left out.
#[derive(Debug, Clone, Default)]
pub struct DraftFields {
    /// `tokenId`
    pub token: Option<String>,
    /// `protocolId`
    pub protocol: Option<String>,
    /// `chain`
    pub chain: Option<String>,
    /// `currentPrice`, `currentTvl` or `value`, whichever the type has.
    pub value: Option<Number>,
}

impl Draft {
    /// The event as it is published.
    ///
    /// # Errors
    /// [`EncodeError`] when it cannot be written as JSON.
    pub fn to_json(&self, event_id: String, now: UnixMillis) -> Result<String, EncodeError> {
        let data = match &self.data {
            DraftData::Typed(data) => data.clone(),
            DraftData::Made(fields) => to_raw_value(&Members(fields.members(&self.event_type)))?,
        };
        let other = Other {
            event_type: self.event_type.clone(),
            data,
        };
        let mut event = Event::new(event_id, now.0, other).source(Source::Manual);
        event.user_id.clone_from(&self.user);
        event.metadata.tags.extend(self.tags.iter().cloned());
        event.to_json()
    }
}

impl DraftFields {
    fn members(&self, event_type: &str) -> Vec<(&'static str, Value)> {
        let value_name = match event_type {
            "price_update" => "currentPrice",
            "tvl_change" | "tvl_update" => "currentTvl",
            _ => "value",
        };
        let members = [
            ("tokenId", self.token.clone().map(Value::String)),
            ("protocolId", self.protocol.clone().map(Value::String)),
            ("chain", self.chain.clone().map(Value::String)),
            (value_name, self.value.clone().map(Value::Number)),
        ];
        members
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

/// An object in the order of its members.
struct Members(Vec<(&'static str, Value)>);

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_764_000_000_000);

    fn draft(event_type: &str, data: DraftData) -> Draft {
        Draft {
            event_type: event_type.to_owned(),
            user: None,
            tags: Vec::new(),
            data,
        }
    }

    fn made(fields: DraftFields) -> DraftData {
        DraftData::Made(fields)
    }

    #[track_caller]
    fn check(draft: &Draft, expected: &str) {
        assert_eq!(draft.to_json("e-1".to_owned(), NOW).unwrap(), expected);
    }

    #[test]
    fn options_make_a_whole_event() {
        let fields = DraftFields {
            token: Some("ethereum".to_owned()),
            chain: Some("base".to_owned()),
            value: Some(2_750.into()),
            ..DraftFields::default()
        };
        let mut draft = draft("price_update", made(fields));
        draft.user = Some("user-1".to_owned());
        draft.tags = vec!["extreme-change".to_owned()];

        check(
            &draft,
            r#"{"eventId":"e-1","eventType":"price_update","timestamp":1764000000000,"source":"manual","version":"1.0","metadata":{"correlationId":"price_update-490000","confidence":0.9,"processingTime":0,"retryCount":0,"tags":["price_update","extreme-change"]},"userId":"user-1","data":{"tokenId":"ethereum","chain":"base","currentPrice":2750}}"#,
        );
    }

    #[test]
    fn values_go_by_the_name_their_type_has() {
        let cases = [
            ("price_update", "currentPrice"),
            ("tvl_change", "currentTvl"),
            ("tvl_update", "currentTvl"),
            ("liquidation", "value"),
        ];
        for (event_type, name) in cases {
            let value = Some(7.into());
            let draft = draft(
                event_type,
                made(DraftFields {
                    value,
                    ..DraftFields::default()
                }),
            );
            let event = draft.to_json("e-1".to_owned(), NOW).unwrap();
            assert!(
                event.ends_with(&format!(r#""data":{{"{name}":7}}}}"#)),
                "{event}"
            );
        }
    }

    #[test]
    fn typed_data_is_not_touched() {
        let data = RawValue::from_string(r#"{ "b":1.00, "a" : null }"#.to_owned()).unwrap();
        let event = draft("custom", DraftData::Typed(data))
            .to_json("e-1".to_owned(), NOW)
            .unwrap();

        assert!(
            event.ends_with(r#""data":{ "b":1.00, "a" : null }}"#),
            "{event}"
        );
    }

    #[test]
    fn no_option_makes_empty_data() {
        let event = draft("alert", made(DraftFields::default())).to_json("e-1".to_owned(), NOW);

        assert!(event.unwrap().ends_with(r#""data":{}}"#));
    }
}
