//! A row of the table: a figure, what it is compared with, and what we want of it.

use crate::measure::Pair;

/// One measured row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// `theme: what`.
    pub(crate) name: String,
    /// Unit of both figures, smaller is better.
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    /// What ran beside it.
    pub(crate) baseline: Option<Baseline>,
    pub(crate) goal: Goal,
}

/// The other side of a pair.
#[derive(Debug, Clone)]
pub(crate) struct Baseline {
    /// What it is, in a few words.
    pub(crate) what: &'static str,
    pub(crate) figure: f64,
    /// Ours to the baseline's.
    pub(crate) ratio: f64,
}

/// What the budget asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// Ours is at most this, in the row's unit.
    AtMost(f64),
    /// Ours is at most this many times the baseline's.
    Times(f64),
    /// The baseline's is at least this many times ours.
    TimesLess(f64),
}

impl Row {
    /// A figure of its own.
    pub(crate) fn alone(name: &str, unit: &'static str, ours: f64, goal: Goal) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            ours,
            baseline: None,
            goal,
        }
    }

    /// A figure beside its baseline.
    pub(crate) fn pair(
        name: &str,
        unit: &'static str,
        pair: Pair,
        what: &'static str,
        goal: Goal,
    ) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            ours: pair.ours,
            baseline: Some(Baseline {
                what,
                figure: pair.baseline,
                ratio: pair.ratio,
            }),
            goal,
        }
    }

    /// Whether the goal is met. A ratio without a baseline never is.
    pub(crate) fn is_met(&self) -> bool {
        let ratio = self.baseline.as_ref().map(|baseline| baseline.ratio);
        match self.goal {
            Goal::AtMost(most) => self.ours <= most,
            Goal::Times(most) => ratio.is_some_and(|ratio| ratio <= most),
            Goal::TimesLess(least) => ratio.is_some_and(|ratio| ratio * least <= 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(ratio: f64, goal: Goal) -> bool {
        let pair = Pair {
            ours: 10.0,
            baseline: 10.0 / ratio,
            ratio,
        };
        Row::pair("r", "µs", pair, "b", goal).is_met()
    }

    #[test]
    fn a_goal_is_met_at_its_limit_and_not_past_it() {
        assert!(met(1.0, Goal::AtMost(10.0)) && !met(1.0, Goal::AtMost(9.9)));
        assert!(met(1.5, Goal::Times(1.5)) && !met(1.6, Goal::Times(1.5)));
        assert!(met(0.25, Goal::TimesLess(4.0)) && !met(0.26, Goal::TimesLess(4.0)));
        assert!(!Row::alone("r", "µs", 1.0, Goal::Times(2.0)).is_met());
    }
}
