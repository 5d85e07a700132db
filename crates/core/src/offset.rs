//! Places in the event log: `<ms>-<sequence>`, as Redis streams write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A place in a log. Compares by its two numbers, never as text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Offset {
    ms: u64,
    sequence: u64,
}

impl Offset {
    /// Before every entry.
    pub const ZERO: Self = Self { ms: 0, sequence: 0 };

    /// No entry comes after it.
    pub const LAST: Self = Self {
        ms: u64::MAX,
        sequence: u64::MAX,
    };

    /// The entry number `sequence` of the millisecond `ms`.
    #[must_use]
    pub const fn new(ms: u64, sequence: u64) -> Self {
        Self { ms, sequence }
    }

    /// The smallest offset after this one that an entry written at `now_ms` may have:
    /// a log never runs backwards, whatever its clock does.
    #[must_use]
    pub fn following(self, now_ms: u64) -> Self {
        if now_ms > self.ms {
            return Self::new(now_ms, 0);
        }
        match self.sequence.checked_add(1) {
            Some(sequence) => Self::new(self.ms, sequence),
            None => Self::new(self.ms.saturating_add(1), 0),
        }
    }

    /// The last offset before this one; zero has none and stays.
    #[must_use]
    pub fn preceding(self) -> Self {
        match self.sequence.checked_sub(1) {
            Some(sequence) => Self::new(self.ms, sequence),
            None => self
                .ms
                .checked_sub(1)
                .map_or(Self::ZERO, |ms| Self::new(ms, u64::MAX)),
        }
    }

    /// The millisecond part.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.ms
    }
}

/// Text that is not `<number>-<number>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an offset is two whole numbers joined by a dash, such as 1764000000123-0")]
pub struct InvalidOffset;

impl FromStr for Offset {
    type Err = InvalidOffset;

    fn from_str(text: &str) -> Result<Self, InvalidOffset> {
        let (ms, sequence) = text.split_once('-').ok_or(InvalidOffset)?;
        Ok(Self {
            ms: number(ms)?,
            sequence: number(sequence)?,
        })
    }
}

/// Digits only: `u64::from_str` would also take a plus sign.
fn number(digits: &str) -> Result<u64, InvalidOffset> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(InvalidOffset);
    }
    digits.parse().map_err(|_| InvalidOffset)
}

impl TryFrom<String> for Offset {
    type Error = InvalidOffset;

    fn try_from(text: String) -> Result<Self, InvalidOffset> {
        text.parse()
    }
}

impl From<Offset> for String {
    fn from(offset: Offset) -> Self {
        offset.to_string()
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_compare_by_number_and_not_as_text() {
        let early: Offset = "999-10".parse().unwrap();
        let late: Offset = "1000-9".parse().unwrap();

        assert!(early < late);
        assert!(Offset::new(5, 9) < Offset::new(5, 10));
    }

    #[test]
    fn anything_but_two_numbers_is_refused() {
        for text in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "+1-0",
            "1-+0",
            "1-0-0",
            "1 -0",
            "a-b",
            "18446744073709551616-0",
        ] {
            assert_eq!(text.parse::<Offset>(), Err(InvalidOffset), "{text}");
        }
        assert_eq!(
            "18446744073709551615-0".parse(),
            Ok(Offset::new(u64::MAX, 0))
        );
    }

    #[test]
    fn the_preceding_offset_is_the_last_before() {
        assert_eq!(Offset::new(5, 3).preceding(), Offset::new(5, 2));
        assert_eq!(Offset::new(5, 0).preceding(), Offset::new(4, u64::MAX));
        assert_eq!(Offset::ZERO.preceding(), Offset::ZERO);
    }

    #[test]
    fn the_following_offset_never_runs_backwards() {
        assert_eq!(Offset::new(5, 3).following(6), Offset::new(6, 0));
        assert_eq!(Offset::new(5, 3).following(5), Offset::new(5, 4));
        assert_eq!(Offset::new(5, 3).following(1), Offset::new(5, 4));
        assert_eq!(Offset::new(5, u64::MAX).following(5), Offset::new(6, 0));
    }
}
