//! Frames: the bill. Thousands of clients with `batch`, `conflate` and `maxRate` 1 follow 2,500
//! price updates a second, in virtual time, with posts that take 10 ms. The naive design beside it
//! sends one frame per matching event and channel.

mod chance;
mod figures;
mod profile;
mod simulation;

use crate::measure::Pair;
use crate::row::{Goal, Row};
use figures::Figures;
use profile::{Profile, Updates};

/// 7,000 clients who follow 20 tokens each.
pub(crate) fn portfolio() -> Vec<Row> {
    both(Profile::PORTFOLIO)
}

/// 7,000 clients who follow 200 tokens each.
pub(crate) fn desk() -> Vec<Row> {
    both(Profile::DESK)
}

/// 10,000 clients who follow 20 tokens each: more than the frame budget carries at their rate.
pub(crate) fn full() -> Vec<Row> {
    both(Profile::FULL)
}

/// With uniform updates and with Zipf's.
fn both(profile: Profile) -> Vec<Row> {
    let updates = [Updates::Uniform, Updates::Zipf];
    updates
        .into_iter()
        .flat_map(|updates| rows(profile, updates))
        .collect()
}

fn rows(profile: Profile, updates: Updates) -> Vec<Row> {
    let figures = simulation::run(profile, updates);
    let name = |what: &str| format!("frames/{} {}: {what}", profile.name, updates.name());
    vec![
        values_row(&name("values per frame"), profile, &figures),
        Row::alone(
            &name("frames"),
            "/s",
            figures.frames_a_second,
            Goal::AtMost(profile.most_frames),
        ),
        Row::alone(
            &name("lag of a value, p99"),
            "ms",
            figures.lag_p99_ms,
            Goal::AtMost(profile.most_lag_ms),
        ),
        Row::alone(
            &name("longest without a frame"),
            "ms",
            figures.longest_wait_ms,
            Goal::AtMost(2.0 * profile.interval_s * 1e3),
        ),
        Row::alone(
            &name("alert to 500, p99"),
            "ms",
            figures.alert_p99_ms,
            Goal::AtMost(150.0),
        ),
        Row::pair(
            &name("cost"),
            "$/h per 1,000",
            paired(figures.dollars, figures.naive_dollars),
            "a frame per event and channel",
            Goal::Times(profile.most_of_naive),
        ),
    ]
}

/// More is better here, and a row's figure is better when it is smaller: so the row says how many
/// values of those that can change in an interval a frame lacks.
fn values_row(name: &str, profile: Profile, figures: &Figures) -> Row {
    let pair = paired(figures.changeable, figures.values_a_frame);
    Row::pair(
        &format!("{name}, those that can change beside those that came"),
        "values",
        pair,
        "came",
        Goal::Times(profile.changeable_to_came),
    )
}

fn paired(ours: f64, baseline: f64) -> Pair {
    Pair {
        ours,
        baseline,
        ratio: ours / baseline,
    }
}
