//! The envelope's `metadata`: where an event comes from and how far to trust it.

use serde::Serialize;

use crate::data::Subject;
use crate::number::finite;
use crate::tags::tags;

const MILLIS_PER_HOUR: u64 = 60 * 60 * 1_000;

/// What the Event Processor knows about an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The same for all events of one record and hour.
    pub correlation_id: String,
    /// From 0.5 (doubtful) to 0.9.
    #[serde(serialize_with = "finite")]
    pub confidence: f64,
    /// Milliseconds from the record to the event.
    pub processing_time: u64,
    /// How often the processor tried before.
    pub retry_count: u32,
    /// What the event is about, for people and dashboards.
    pub tags: Vec<String>,
}

impl Metadata {
    pub(crate) fn of(subject: &Subject<'_>, timestamp: u64) -> Self {
        Self {
            correlation_id: format!("{}-{}", subject.record, timestamp / MILLIS_PER_HOUR),
            confidence: confidence(subject),
            processing_time: 0,
            retry_count: 0,
            tags: tags(subject),
        }
    }
}

/// Less for moves that are hard to believe and for records that lack their name.
fn confidence(subject: &Subject<'_>) -> f64 {
    let moved = subject.change_percent.unwrap_or(0.0).abs();
    let doubts = [
        (moved > 50.0, 10),
        (moved > 100.0, 20),
        (subject.nameless, 5),
    ];
    let doubt: u32 = doubts
        .iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, percent)| percent)
        .sum();
    f64::from((90 - doubt).max(50)) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change_percent: f64, nameless: bool, expected: f64) {
        let subject = Subject {
            change_percent: Some(change_percent),
            nameless,
            ..Subject::default()
        };

        assert_eq!(
            confidence(&subject),
            expected,
            "{change_percent} %, nameless: {nameless}"
        );
    }

    #[test]
    fn doubts_lower_the_confidence() {
        check(5.0, false, 0.9);
        check(50.0, false, 0.9);
        check(-51.0, false, 0.8);
        check(100.0, false, 0.8);
        check(101.0, false, 0.6);
        check(5.0, true, 0.85);
        check(-101.0, true, 0.55);
    }

    #[test]
    fn correlation_is_by_record_and_hour() {
        let subject = Subject {
            record: "coingecko#ethereum".to_owned(),
            ..Subject::default()
        };
        let correlation = |timestamp| Metadata::of(&subject, timestamp).correlation_id;

        assert_eq!(correlation(MILLIS_PER_HOUR - 1), "coingecko#ethereum-0");
        assert_eq!(correlation(MILLIS_PER_HOUR), "coingecko#ethereum-1");
    }
}
