use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::filter::Filters;

fn list(values: &'static [&'static str]) -> impl Strategy<Value = Option<Vec<String>>> {
    option::of(vec(proptest::sample::select(values), 0..3))
        .prop_map(|list| list.map(|list| list.into_iter().map(Into::into).collect()))
}

fn filter() -> impl Strategy<Value = Matcher> {
    let lists = (
        list(&["p", "q"]),
        list(&["t", "u", "v"]),
        list(&["base", "bsc"]),
        list(&["price_update", "tvl_change"]),
    );
    let bounds = (option::of(0_u32..4), option::of(0_u32..4));
    (lists, bounds).prop_map(|((protocols, tokens, chains, types), (min, max))| {
        Matcher::new(&Filters {
            protocol_ids: protocols,
            token_ids: tokens,
            chains,
            event_types: types,
            min_value: min.map(Into::into),
            max_value: max.map(Into::into),
        })
    })
}

fn facets() -> impl Strategy<Value = Facets> {
    let facet = |values: &'static [&'static str]| {
        option::of(proptest::sample::select(values)).prop_map(|facet| facet.map(Into::into))
    };
    (
        proptest::sample::select(&["price_update", "tvl_change", "alert"][..]),
        facet(&["p", "q", "r"]),
        facet(&["t", "u", "x"]),
        facet(&["base", "bsc", "eth"]),
        option::of(-1_i32..6),
    )
        .prop_map(|(event_type, protocol, token, chain, value)| Facets {
            event_type: event_type.into(),
            protocol,
            token,
            chain,
            value: value.map(f64::from),
        })
}

proptest! {
    #[test]
    fn it_selects_exactly_the_cohorts_whose_filter_passes(
        filters in vec((filter(), filter(), any::<bool>()), 0..150),
        facets in facets(),
    ) {
        let mut selector = Selector::default();
        for (cohort, (first, _, _)) in (0..).zip(&filters) {
            selector.insert(cohort, first);
        }
        // A place that is free again may be another's next.
        for (cohort, (first, second, stays)) in (0..).zip(&filters) {
            if !stays {
                selector.remove(cohort, first);
            }
            if !stays && cohort % 2 == 0 {
                selector.insert(cohort, second);
            }
        }

        let mut selected = Vec::new();
        selector.select(&facets, &mut Scratch::default(), |cohort| selected.push(cohort));

        let mut passing = Vec::new();
        for (cohort, (first, second, stays)) in (0_u32..).zip(&filters) {
            let filter = if *stays { Some(first) } else { (cohort % 2 == 0).then_some(second) };
            if filter.is_some_and(|filter| filter.passes(&facets)) {
                passing.push(cohort);
            }
        }
        prop_assert_eq!(selected, passing);
    }
}
