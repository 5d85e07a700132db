use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

fn filters(json: &str) -> Filters {
    serde_json::from_str(json).unwrap()
}

fn facets(token: Option<&str>, chain: Option<&str>, value: Option<f64>) -> Facets {
    Facets {
        event_type: "price_update".into(),
        token: token.map(Into::into),
        chain: chain.map(Into::into),
        value,
        ..Facets::default()
    }
}

#[test]
fn a_constraint_applies_only_to_an_event_that_carries_the_facet() {
    let matcher = Matcher::new(&filters(
        r#"{"protocolIds":["aave-v3"],"tokenIds":["ethereum"],"minValue":10}"#,
    ));

    assert!(matcher.passes(&facets(None, None, None)));
    assert!(matcher.passes(&facets(Some("ethereum"), None, Some(10.0))));
    assert!(!matcher.passes(&facets(Some("bitcoin"), None, Some(10.0))));
    assert!(!matcher.passes(&facets(Some("ethereum"), None, Some(9.999))));
}

#[test]
fn bounds_are_inclusive_and_empty_lists_are_no_constraint() {
    let matcher = Matcher::new(&filters(r#"{"tokenIds":[],"minValue":1,"maxValue":2}"#));

    for (value, passes) in [(0.999, false), (1.0, true), (2.0, true), (2.001, false)] {
        assert_eq!(
            matcher.passes(&facets(Some("x"), None, Some(value))),
            passes,
            "{value}"
        );
    }
}

#[test]
fn a_filter_is_shown_back_as_it_was_written() {
    let json = r#"{"tokenIds":["0xABC","0xabc"],"chains":[],"minValue":1.50,"maxValue":20000000000000000000}"#;
    let written: serde_json::Value = serde_json::from_str(json).unwrap();

    assert_eq!(serde_json::to_value(filters(json)).unwrap(), written);
}

/// The contract's sentence, written down a second time and as plainly as possible.
fn naive(filters: &Filters, facets: &Facets) -> bool {
    let id_in = |list: &Option<Vec<String>>, facet: &Option<String>| match (list, facet) {
        (Some(list), Some(facet)) if !list.is_empty() => {
            list.iter().any(|v| canonical_id(v) == canonical_id(facet))
        }
        _ => true,
    };
    let chain_in = match (&filters.chains, &facets.chain) {
        (Some(list), Some(chain)) if !list.is_empty() => {
            list.iter().any(|v| v.eq_ignore_ascii_case(chain))
        }
        _ => true,
    };
    let type_in = match &filters.event_types {
        Some(list) if !list.is_empty() => list.contains(&facets.event_type),
        _ => true,
    };
    let above = match (&filters.min_value, facets.value) {
        (Some(min), Some(value)) => value >= min.as_f64().unwrap(),
        _ => true,
    };
    let below = match (&filters.max_value, facets.value) {
        (Some(max), Some(value)) => value <= max.as_f64().unwrap(),
        _ => true,
    };
    id_in(&filters.protocol_ids, &facets.protocol)
        && id_in(&filters.token_ids, &facets.token)
        && chain_in
        && type_in
        && above
        && below
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a", "A", "b", "0xAB", "0xab", "eth:0xAB", "Base", "base",
    ])
    .prop_map(str::to_owned)
}

fn any_filters() -> impl Strategy<Value = Filters> {
    let list = || option::of(vec(word(), 0..3));
    (
        list(),
        list(),
        list(),
        list(),
        option::of(-3_i64..3),
        option::of(-3_i64..3),
    )
        .prop_map(
            |(protocol_ids, token_ids, chains, event_types, min, max)| Filters {
                protocol_ids,
                token_ids,
                chains,
                event_types,
                min_value: min.map(Into::into),
                max_value: max.map(Into::into),
            },
        )
}

fn any_facets() -> impl Strategy<Value = Facets> {
    (
        word(),
        option::of(word()),
        option::of(word()),
        option::of(word()),
        option::of(-3_i32..3),
    )
        .prop_map(|(event_type, protocol, token, chain, value)| Facets {
            event_type,
            protocol: protocol.map(|id| canonical_id(&id).into_owned()),
            token: token.map(|id| canonical_id(&id).into_owned()),
            chain: chain.map(|chain| canonical_chain(&chain).into_owned()),
            value: value.map(f64::from),
        })
}

proptest! {
    #[test]
    fn matching_equals_the_naive_evaluator(filters in any_filters(), facets in any_facets()) {
        prop_assert_eq!(Matcher::new(&filters).passes(&facets), naive(&filters, &facets));
    }
}
