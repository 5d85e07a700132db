//! Events a second.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Not a usable number of events a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number of events a second between 0.001 and 100000")]
pub struct InvalidRate;

/// A number of events a second, from one in a thousand seconds to 100,000.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// Checks that `per_second` is within the bounds.
    ///
    /// # Errors
    /// [`InvalidRate`] when it is not, or not a number.
    pub fn per_second(per_second: f64) -> Result<Self, InvalidRate> {
        if (0.001..=100_000.0).contains(&per_second) {
            Ok(Self(per_second))
        } else {
            Err(InvalidRate)
        }
    }

    /// The time between two events.
    #[must_use]
    pub fn interval(self) -> Duration {
        Duration::from_secs_f64(self.0.recip())
    }
}

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        Self::per_second(text.trim().parse().map_err(|_| InvalidRate)?)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_the_range() {
        for text in ["0.001", "0.5", "5", "100000"] {
            assert!(text.parse::<Rate>().is_ok(), "{text}");
        }
        for text in ["0", "0.0009", "100000.1", "-1", "NaN", "inf", "fast", ""] {
            assert_eq!(text.parse::<Rate>(), Err(InvalidRate), "{text}");
        }
    }

    #[test]
    fn interval_is_the_inverse() {
        assert_eq!(Rate(4.0).interval(), Duration::from_millis(250));
        assert_eq!(Rate(100_000.0).interval(), Duration::from_micros(10));
    }
}
