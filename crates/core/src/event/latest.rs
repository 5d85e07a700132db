//! What of an event may be superseded by a later one: prices and TVL values, by what they are of.

use super::{Event, Target};
use crate::facets::Facets;

/// What a price or a TVL value is of. Of two public events with equal keys the later one is the
/// latest, and the earlier one is worth nothing to who asked for the latest only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LatestKey {
    /// `price_update`, `tvl_change` or `tvl_update`.
    pub event_type: &'static str,
    /// The token of a price, the protocol of a TVL value; canonical.
    pub subject: String,
    /// On which chain, if it says so; canonical.
    pub chain: Option<String>,
}

impl Event {
    /// Its key, if it has one: never an alert, a private event or a broadcast, and nothing that
    /// does not say what it is of.
    #[must_use]
    pub fn latest_key(&self, facets: &Facets) -> Option<LatestKey> {
        if self.user_id.is_some() || !matches!(self.target, Target::Derived(_)) {
            return None;
        }
        let (event_type, subject) = match self.event_type.as_str() {
            "price_update" => ("price_update", facets.token.as_ref()),
            "tvl_change" => ("tvl_change", facets.protocol.as_ref()),
            "tvl_update" => ("tvl_update", facets.protocol.as_ref()),
            _ => return None,
        };
        Some(LatestKey {
            event_type,
            subject: subject?.clone(),
            chain: facets.chain.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::channel::Channel;
    use crate::event::{Arrival, Event, Target};
    use crate::identifier::EventId;
    use crate::time::UnixMillis;

    fn key(json: &str, target: Target) -> Option<(&'static str, String, Option<String>)> {
        let arrival = Arrival {
            now: UnixMillis(1),
            fallback_id: EventId::new("e"),
            target,
        };
        let event = Event::parse(json, arrival).unwrap();
        let key = event.latest_key(&event.facets())?;
        Some((key.event_type, key.subject, key.chain))
    }

    fn derived(json: &str) -> Option<(&'static str, String, Option<String>)> {
        key(json, Target::default())
    }

    #[test]
    fn a_price_is_of_a_token_and_a_tvl_value_of_a_protocol_each_on_its_chain() {
        let data = r#""data":{"tokenId":"eth","protocolId":"aave","chain":"Base"}"#;
        for (event_type, subject) in [
            ("price_update", "eth"),
            ("tvl_change", "aave"),
            ("tvl_update", "aave"),
        ] {
            assert_eq!(
                derived(&format!(r#"{{"type":"{event_type}",{data}}}"#)),
                Some((event_type, subject.to_owned(), Some("base".to_owned())))
            );
        }
        assert_eq!(
            derived(r#"{"type":"price_update","data":{"coin":"0xAB"}}"#),
            Some(("price_update", "0xab".to_owned(), None))
        );
    }

    #[test]
    fn alerts_private_events_broadcasts_and_what_names_nothing_have_no_key() {
        let data = r#""data":{"tokenId":"eth","protocolId":"aave"}"#;
        for event_type in ["alert", "protocol_update", "liquidation", "x"] {
            assert_eq!(
                derived(&format!(r#"{{"type":"{event_type}",{data}}}"#)),
                None
            );
        }
        assert_eq!(
            derived(r#"{"type":"price_update","userId":"u","data":{"tokenId":"eth"}}"#),
            None
        );
        assert_eq!(
            derived(r#"{"type":"price_update","data":{"protocolId":"aave"}}"#),
            None
        );
        assert_eq!(
            derived(r#"{"type":"tvl_change","data":{"tokenId":"eth"}}"#),
            None
        );
        let price = format!(r#"{{"type":"price_update",{data}}}"#);
        let prices = Channel::general("prices").unwrap();
        assert_eq!(key(&price, Target::Channel(prices)), None);
        assert_eq!(key(&price, Target::All), None);
    }
}
