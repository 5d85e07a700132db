use super::*;

const NOW: UnixMillis = UnixMillis(1_000_000);

fn budget(per_second: u32, burst: u32) -> Budget {
    Budget::new(FrameBudget { per_second, burst }, NOW)
}

const fn after(ms: u64) -> UnixMillis {
    UnixMillis(NOW.0 + ms)
}

/// Starts frames as long as there are tokens. Answers whose they were.
fn spend(budget: &mut Budget, urgent: bool, ordinary: bool, now: UnixMillis) -> Vec<Turn> {
    let mut turns = Vec::new();
    while let Some(turn) = budget.turn(urgent, ordinary, now) {
        budget.start(turn, 100);
        turns.push(turn);
    }
    turns
}

#[test]
fn the_burst_goes_at_once_then_the_rate_and_a_quarter_is_kept_for_what_is_urgent() {
    let mut budget = budget(8_000, 4_000);
    assert_eq!(spend(&mut budget, false, true, NOW).len(), 3_000);
    assert_eq!(spend(&mut budget, true, false, NOW).len(), 1_000);
    assert_eq!(spend(&mut budget, true, true, NOW).len(), 0);

    // While the reserve fills up, a quarter of the rate goes there; then all of it is for all.
    assert_eq!(spend(&mut budget, false, true, after(100)).len(), 600);
    assert_eq!(spend(&mut budget, false, true, after(500)).len(), 2_400);
    assert_eq!(spend(&mut budget, true, false, after(500)).len(), 1_000);
    spend(&mut budget, false, true, after(1_000));
    spend(&mut budget, false, true, after(1_250));
    assert_eq!(spend(&mut budget, false, true, after(1_350)).len(), 800);
}

#[test]
fn time_off_saves_no_more_than_the_burst() {
    let mut budget = budget(8_000, 4_000);
    spend(&mut budget, true, true, NOW);
    assert_eq!(
        spend(&mut budget, true, true, after(3_600_000)).len(),
        4_000
    );
    assert_eq!(
        spend(&mut budget, true, true, NOW).len(),
        0,
        "a clock that steps back"
    );
}

#[test]
fn a_frame_costs_one_for_each_32_kb_it_has_begun() {
    for (bytes, frames) in [(0, 1), (1, 1), (32_768, 1), (32_769, 2), (122_880, 4)] {
        let mut budget = budget(1_000, 12);
        let turn = budget.turn(false, true, NOW).unwrap();
        budget.start(turn, bytes);
        let rest = spend(&mut budget, false, true, NOW).len();
        assert_eq!(rest, 9 - frames, "{bytes}");
    }
}

#[test]
fn what_was_overdrawn_is_paid_back_first() {
    let mut budget = budget(1_000, 1);
    let turn = budget.turn(false, true, NOW).unwrap();
    budget.start(turn, 4 * 32_768);
    assert_eq!(budget.turn(false, true, after(3)), None);
    assert_eq!(budget.next_at(), after(4));
    assert_eq!(budget.turn(false, true, after(4)), Some(Turn::Ordinary));
}

#[test]
fn beyond_the_reserve_every_fourth_frame_is_an_ordinary_one() {
    let mut budget = budget(1_000, 16);
    let turns = spend(&mut budget, true, true, NOW);
    let ordinary: Vec<usize> = turns
        .iter()
        .enumerate()
        .filter(|(_, turn)| **turn == Turn::Ordinary)
        .map(|(n, _)| n)
        .collect();
    assert_eq!(turns.len(), 16);
    assert_eq!(ordinary, [7, 11, 15], "the first four are the reserve's");
}

#[test]
fn nobody_waits_for_nothing() {
    let mut budget = budget(1_000, 4);
    assert_eq!(budget.turn(false, false, NOW), None);
    assert_eq!(spend(&mut budget, false, true, NOW).len(), 3);
    assert_eq!(budget.next_at(), after(1));
    assert_eq!(spend(&mut budget, false, true, after(1)).len(), 1);
}

#[test]
fn each_worker_has_its_share_and_never_less_than_one_frame() {
    let whole = FrameBudget::default();
    let of_three = FrameBudget {
        per_second: 2_666,
        burst: 1_333,
    };
    assert_eq!(whole.share(1), whole);
    assert_eq!(whole.share(3), of_three);
    let least = FrameBudget {
        per_second: 1,
        burst: 1,
    };
    assert_eq!(whole.share(u16::MAX), least);
    assert_eq!(whole.share(0), whole);
}
