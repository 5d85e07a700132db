//! The tags of an event, in the order the original Event Processor writes them.

use crate::data::Subject;

/// A move of more than this many percent is large.
const LARGE_CHANGE_PERCENT: f64 = 10.0;
/// A move of more than this many percent is large and extreme.
const EXTREME_CHANGE_PERCENT: f64 = 50.0;

pub(crate) fn tags(subject: &Subject<'_>) -> Vec<String> {
    let moved = subject.change_percent.unwrap_or(0.0).abs();
    let tags = [
        Some(subject.kind),
        subject.protocol,
        subject.token,
        subject.chain,
        (moved > LARGE_CHANGE_PERCENT).then_some("large-change"),
        (moved > EXTREME_CHANGE_PERCENT).then_some("extreme-change"),
    ];
    tags.into_iter().flatten().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change_percent: f64, expected: &[&str]) {
        let subject = Subject {
            kind: "price",
            change_percent: Some(change_percent),
            ..Subject::default()
        };

        assert_eq!(tags(&subject)[1..], *expected, "{change_percent} %");
    }

    #[test]
    fn moves_are_large_above_ten_and_extreme_above_fifty() {
        for sign in [1.0, -1.0] {
            check(sign * 0.0, &[]);
            check(sign * 9.0, &[]);
            check(sign * 10.0, &[]);
            check(sign * 10.000_001, &["large-change"]);
            check(sign * 11.0, &["large-change"]);
            check(sign * 49.0, &["large-change"]);
            check(sign * 50.0, &["large-change"]);
            check(sign * 50.000_001, &["large-change", "extreme-change"]);
            check(sign * 51.0, &["large-change", "extreme-change"]);
        }
    }

    #[test]
    fn kind_ids_and_chain_come_first() {
        let subject = Subject {
            kind: "emission",
            protocol: Some("aave-v3"),
            token: Some("aave"),
            chain: Some("ethereum"),
            change_percent: Some(60.0),
            ..Subject::default()
        };

        assert_eq!(
            tags(&subject),
            [
                "emission",
                "aave-v3",
                "aave",
                "ethereum",
                "large-change",
                "extreme-change"
            ]
        );
    }
}
