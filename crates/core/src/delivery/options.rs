//! How a connection wants its messages, as its lane reads it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::Message;
use crate::subscription::Subscription;

/// The options of a connection and of its channels.
#[derive(Debug, Default)]
pub(crate) struct LaneOptions {
    /// Several messages in one frame.
    pub(super) batch: bool,
    /// From one frame to the next; nothing if any time will do.
    pub(super) interval: Duration,
    conflating: Conflating,
}

/// Which channels want the latest only.
#[derive(Debug, Default)]
enum Conflating {
    #[default]
    None,
    All,
    /// These, in the client's spelling.
    Some(HashSet<Arc<str>>),
}

impl LaneOptions {
    pub(crate) fn of(subscription: Option<&Subscription>) -> Self {
        let Some(subscription) = subscription else {
            return Self::default();
        };
        let entries = subscription.channels().values();
        let names: HashSet<Arc<str>> = entries
            .filter(|entry| entry.options.conflate)
            .map(|entry| Arc::clone(&entry.spelling))
            .collect();
        let conflating = match names.len() {
            0 => Conflating::None,
            some if some == subscription.channels().len() => Conflating::All,
            _ => Conflating::Some(names),
        };
        let delivery = subscription.delivery();
        let is_thinned = delivery.batch || !matches!(conflating, Conflating::None);
        // A rate without either would only let the lane fill up.
        let rate = delivery.max_rate.filter(|_| is_thinned);
        Self {
            batch: delivery.batch,
            interval: rate.map_or(Duration::ZERO, interval),
            conflating,
        }
    }

    /// Whether a later message of the same key may take this one's place: every channel on which
    /// the client gets it has to want that.
    pub(crate) fn conflates(&self, message: &Message) -> bool {
        if message.event.latest_key.is_none() {
            return false;
        }
        match &self.conflating {
            Conflating::None => false,
            Conflating::All => true,
            Conflating::Some(names) => message
                .channels
                .iter()
                .all(|channel| names.contains(channel)),
        }
    }
}

/// Whole milliseconds, rounded up: never more frames than asked for.
fn interval(rate: f64) -> Duration {
    let interval = Duration::try_from_secs_f64(rate.recip()).unwrap_or_default();
    let ms = interval.as_micros().div_ceil(1_000);
    Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::SpelledChannel;
    use crate::filter::Filters;
    use crate::subscription::ChannelOptions;
    use crate::time::UnixMillis;

    fn options(channels: &[(&str, bool)], batch: bool, rate: Option<f64>) -> LaneOptions {
        let mut subscription = Subscription::new(UnixMillis(0));
        for (name, conflate) in channels {
            subscription.subscribe(
                &[SpelledChannel::parse(name).unwrap()],
                Filters::default(),
                ChannelOptions {
                    conflate: *conflate,
                },
            );
        }
        subscription.update_delivery(Some(batch), rate);
        LaneOptions::of(Some(&subscription))
    }

    #[test]
    fn a_rate_becomes_an_interval_that_never_allows_more() {
        for (rate, ms) in [(0.1, 10_000), (1.0, 1_000), (3.0, 334), (50.0, 20)] {
            let options = options(&[("prices", false)], true, Some(rate));
            assert_eq!(options.interval, Duration::from_millis(ms), "{rate}");
        }
    }

    #[test]
    fn a_rate_counts_only_beside_batch_or_conflate() {
        let rate = Some(1.0);
        let none = options(&[("prices", false)], false, rate);
        assert_eq!(none.interval, Duration::ZERO);
        let second = Duration::from_secs(1);
        assert_eq!(options(&[("prices", true)], false, rate).interval, second);
        assert_eq!(options(&[("prices", false)], true, rate).interval, second);
    }
}
