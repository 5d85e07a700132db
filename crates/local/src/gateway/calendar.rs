//! Times as the gateway writes them: the common log format in events, ISO-8601 in `@connections`.

use llama_ws_core::UnixMillis;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `16/Mar/2025:00:46:22 +0000`
pub(super) fn request_time(at: UnixMillis) -> String {
    let utc = Utc::of(at);
    let month = usize::try_from(utc.month - 1)
        .ok()
        .and_then(|index| MONTHS.get(index))
        .unwrap_or(&"Jan");
    format!(
        "{:02}/{month}/{:04}:{:02}:{:02}:{:02} +0000",
        utc.day, utc.year, utc.hour, utc.minute, utc.second
    )
}

/// `2025-03-16T00:46:22.306Z`
pub(crate) fn iso8601(at: UnixMillis) -> String {
    let utc = Utc::of(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.milli
    )
}

struct Utc {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    milli: u64,
}

impl Utc {
    /// Days to a date in the proleptic Gregorian calendar, counting in 400-year eras from
    /// 1 March of the year 0 so that the leap day ends each year.
    fn of(at: UnixMillis) -> Self {
        let secs = at.0 / 1_000;
        let days = secs / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months_since_march = (5 * day_of_year + 2) / 153;
        let month = (months_since_march + 2) % 12 + 1;
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * months_since_march + 2) / 5 + 1,
            hour: secs / 3_600 % 24,
            minute: secs / 60 % 60,
            second: secs % 60,
            milli: at.0 % 1_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_times_come_out_as_aws_wrote_them() {
        assert_eq!(
            request_time(UnixMillis(1_742_085_982_306)),
            "16/Mar/2025:00:46:22 +0000"
        );
        assert_eq!(
            request_time(UnixMillis(1_586_064_058_165)),
            "05/Apr/2020:05:20:58 +0000"
        );
        assert_eq!(
            request_time(UnixMillis(1_707_503_008_941)),
            "09/Feb/2024:18:23:28 +0000"
        );
    }

    #[test]
    fn leap_days_and_year_ends_are_dates() {
        assert_eq!(iso8601(UnixMillis(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            iso8601(UnixMillis(951_782_400_000)),
            "2000-02-29T00:00:00.000Z"
        );
        assert_eq!(
            iso8601(UnixMillis(1_735_689_599_999)),
            "2024-12-31T23:59:59.999Z"
        );
    }
}
