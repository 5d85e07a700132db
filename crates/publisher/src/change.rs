//! How far a number moved, counted as the change detector counts it.

/// From `previous` to `current` in percent; from zero it is 100 when it rose and 0 otherwise.
pub(crate) fn percent(previous: f64, current: f64) -> f64 {
    if previous == 0.0 {
        return if current > 0.0 { 100.0 } else { 0.0 };
    }
    (current - previous) / previous * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_relative_to_the_previous_value() {
        let cases = [
            (100.0, 110.0, 10.0),
            (100.0, 90.0, -10.0),
            (100.0, 0.0, -100.0),
            (0.0, 5.0, 100.0),
            (0.0, 0.0, 0.0),
        ];
        for (previous, current, expected) in cases {
            assert_eq!(
                percent(previous, current),
                expected,
                "{previous} to {current}"
            );
        }
    }
}
