//! Points in time as SigV4 writes them.

use llama_ws_core::UnixMillis;

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

/// `20150830T123600Z`: the value of `x-amz-date`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp([u8; 16]);

/// `20150830`: the day for which a key is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day([u8; 8]);

impl Stamp {
    pub(super) fn at(now: UnixMillis) -> Self {
        let Day([y0, y1, y2, y3, m0, m1, d0, d1]) = Day::of(now);
        let second = now.as_secs() % SECONDS_A_DAY;
        let (hours, minutes, seconds) = (second / 3_600, second / 60 % 60, second % 60);
        let [h0, h1] = two(hours);
        let [n0, n1] = two(minutes);
        let [s0, s1] = two(seconds);
        Self([
            y0, y1, y2, y3, m0, m1, d0, d1, b'T', h0, h1, n0, n1, s0, s1, b'Z',
        ])
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn as_str(&self) -> &str {
        text(&self.0)
    }
}

impl Day {
    /// The date in UTC, by Howard Hinnant's `civil_from_days`: years begin in March, so that the
    /// leap day is a year's last.
    pub(super) fn of(now: UnixMillis) -> Self {
        let days = now.as_secs() / SECONDS_A_DAY + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let leaps = day_of_era / 1_460 + day_of_era / 146_096 - day_of_era / 36_524;
        let year_of_era = (day_of_era - leaps) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = from_march % 10 + if from_march < 10 { 3 } else { 1 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        let ([y0, y1], [y2, y3]) = (two(year / 100), two(year % 100));
        let ([m0, m1], [d0, d1]) = (two(month), two(day));
        Self([y0, y1, y2, y3, m0, m1, d0, d1])
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn as_str(&self) -> &str {
        text(&self.0)
    }
}

/// The last two digits of a number.
fn two(number: u64) -> [u8; 2] {
    [digit(number / 10), digit(number)]
}

fn digit(number: u64) -> u8 {
    b'0' + u8::try_from(number % 10).unwrap_or(0)
}

fn text(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_utc() {
        let cases = [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"),
            (1_440_938_160, "20150830T123600Z"),
            (1_735_689_599, "20241231T235959Z"),
            (1_735_689_600, "20250101T000000Z"),
            (4_107_542_400, "21000301T000000Z"),
        ];
        for (second, written) in cases {
            let now = UnixMillis(second * 1_000 + 999);
            assert_eq!(Stamp::at(now).as_str(), written);
            assert!(written.starts_with(Day::of(now).as_str()), "{written}");
        }
    }
}
