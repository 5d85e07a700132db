//! Recency: how new the worker's knowledge of the change log is, for the lane that would go on.

/// Numbers the reads in the order in which they were asked for. A connection's next frame waits for
/// the answer to a read that was asked for after the frame before it started. So of all that a client
/// has seen confirmed, at most one frame follows the old state, however long an answer takes.
#[derive(Debug, Default)]
pub(crate) struct Recency {
    asked: u64,
    answered: u64,
}

/// When a frame started, as a place among the reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Started(u64);

/// A read that was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask(u64);

impl Recency {
    /// A read is asked for.
    pub(crate) fn ask(&mut self) -> Ask {
        self.asked += 1;
        Ask(self.asked)
    }

    /// What it found has been taken.
    pub(crate) fn answer(&mut self, ask: Ask) {
        self.answered = self.answered.max(ask.0);
    }

    /// A frame starts.
    pub(crate) fn start(&self) -> Started {
        Started(self.asked)
    }

    /// Whether a read asked for after that start has been answered.
    pub(crate) fn is_past(&self, started: Started) -> bool {
        self.answered > started.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_read_asked_for_later_counts() {
        let mut recency = Recency::default();
        let earlier = recency.ask();
        let started = recency.start();
        recency.answer(earlier);
        assert!(!recency.is_past(started));

        let later = recency.ask();
        assert!(!recency.is_past(started));
        recency.answer(later);
        assert!(recency.is_past(started));
        assert!(!recency.is_past(recency.start()));
    }

    #[test]
    fn an_answer_that_comes_late_takes_nothing_back() {
        let mut recency = Recency::default();
        let first = recency.ask();
        let started = recency.start();
        let second = recency.ask();
        recency.answer(second);
        recency.answer(first);
        assert!(recency.is_past(started));
    }
}
