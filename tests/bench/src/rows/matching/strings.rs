//! The baseline: what the original did, had it held everything in memory. Every subscription is
//! looked at, and texts are compared.

use llama_ws_core::{Channel, Facets, Filters};
use serde_json::Number;

use super::workload::Workload;

/// Subscriptions as texts.
pub(crate) struct Strings(Vec<(String, Filters)>);

impl Strings {
    pub(crate) fn of(workload: Workload) -> Self {
        let subscription = |n| ("prices".to_owned(), workload.filter(n));
        Self((0..workload.subscriptions).map(subscription).collect())
    }

    /// The places of those who get the event.
    pub(crate) fn recipients(&self, channels: &[Channel], facets: &Facets) -> Vec<usize> {
        let gets = |(channel, filters): &(String, Filters)| {
            channels.iter().any(|of_event| of_event.as_str() == channel) && passes(filters, facets)
        };
        let all = self.0.iter().enumerate();
        all.filter(|(_, subscription)| gets(subscription))
            .map(|(place, _)| place)
            .collect()
    }
}

fn passes(filters: &Filters, facets: &Facets) -> bool {
    listed(filters.protocol_ids.as_ref(), facets.protocol.as_ref())
        && listed(filters.token_ids.as_ref(), facets.token.as_ref())
        && listed(filters.chains.as_ref(), facets.chain.as_ref())
        && listed(filters.event_types.as_ref(), Some(&facets.event_type))
        && facets.value.is_none_or(|value| {
            let min = filters.min_value.as_ref().and_then(Number::as_f64);
            let max = filters.max_value.as_ref().and_then(Number::as_f64);
            min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max)
        })
}

fn listed(list: Option<&Vec<String>>, facet: Option<&String>) -> bool {
    let (Some(list), Some(facet)) = (list, facet) else {
        return true;
    };
    list.is_empty() || list.contains(facet)
}
