use std::sync::Arc;

use super::*;
use crate::routing::RoutedEvent;
use crate::worker::entries::{alert, at, event};
use crate::worker::history::PAGE;

const NOW: UnixMillis = UnixMillis(1_000_000);

fn follow(replays: &mut Replays, ms: u64) {
    let event = SharedEvent::new(RoutedEvent::new(event(ms)), at(ms));
    replays.history.follow(Past::Event(Arc::new(event)));
}

fn replays(start: u64, limit: usize) -> Replays {
    let mut replays = Replays::from(at(start));
    replays.limit_to(limit);
    replays
}

/// Everybody wants everything.
fn all(_: &ConnectionId, event: &Arc<SharedEvent>) -> Option<Wanted> {
    Some(Wanted {
        message: Message {
            event: Arc::clone(event),
            channels: vec!["alerts".into()].into(),
        },
        latest_only: false,
    })
}

fn order(id: &str, since: u64, up_to: u64) -> ReplayOrder {
    ReplayOrder {
        connection_id: ConnectionId::new(id),
        since: at(since),
        at: at(up_to),
        up_to: at(up_to),
        ordered_at: NOW,
    }
}

/// A log of one entry a millisecond, `first..=last`.
struct Log {
    first: u64,
    last: u64,
    reads: usize,
}

impl Log {
    fn page(&mut self, up_to: Offset) -> Page {
        self.reads += 1;
        let last = up_to.min(at(self.last)).ms();
        let first = (last + 1).saturating_sub(PAGE as u64).max(self.first);
        Page {
            entries: (first..=last).map(alert).collect(),
            trimmed_up_to: at(self.first - 1),
        }
    }
}

/// Carries out all orders; answers connection, status and the messages' places.
fn carry_out(replays: &mut Replays, log: &mut Log) -> Vec<(String, ReplayStatus, Vec<u64>)> {
    let mut told = Vec::new();
    loop {
        while let Some(up_to) = replays.next_read(NOW) {
            let page = log.page(up_to);
            replays.take_page(up_to, Some(page), NOW);
        }
        let found = replays.look(500, all);
        for gathered in found {
            let id = gathered.connection_id;
            let messages = gathered.messages.iter();
            let places = messages.map(|(_, message)| message.offset().ms()).collect();
            told.push((id.to_string(), gathered.result.status, places));
            replays.done(&id);
        }
        if !replays.can_look() && replays.looking.is_empty() {
            return told;
        }
    }
}

#[test]
fn ten_thousand_that_return_at_once_share_a_few_reads() {
    let mut log = Log {
        first: 1,
        last: 2_000,
        reads: 0,
    };
    let mut replays = replays(2_000, 10);
    for n in 0..10_000 {
        replays.order(
            Offset::new(9, n),
            order(&n.to_string(), 1_200 + n % 700, 2_000),
        );
        assert!(replays.active.len() <= MAX_ACTIVE);
    }

    let told = carry_out(&mut replays, &mut log);

    assert_eq!(told.len(), 10_000);
    assert!(told.iter().all(|(_, status, places)| {
        *status == ReplayStatus::Partial && *places == (1_991..=2_000).collect::<Vec<_>>()
    }));
    assert!(log.reads <= 2, "{} reads", log.reads);
    assert_eq!(replays.pin(NOW), None);
}

#[test]
fn what_the_worker_has_followed_is_not_read_again() {
    let mut log = Log {
        first: 1,
        last: 0,
        reads: 0,
    };
    let mut replays = replays(10, 1_000);
    (11..=20).for_each(|ms| follow(&mut replays, ms));
    for n in 0..1_000 {
        replays.order(Offset::new(9, n), order(&n.to_string(), 10 + n % 11, 20));
    }

    let told = carry_out(&mut replays, &mut log);

    for (id, status, places) in told {
        let since = 10 + id.parse::<u64>().unwrap() % 11;
        assert_eq!(places, (since + 1..=20).collect::<Vec<_>>());
        assert_eq!(status, ReplayStatus::Recovered);
    }
    assert_eq!(log.reads, 0);
}

#[test]
fn the_status_is_exact_at_the_logs_begin_and_at_the_limit() {
    use ReplayStatus::{Expired, Partial, Recovered};
    // The log begins with 101: everything up to 100 was trimmed.
    for (since, limit, expected, first) in [
        (100, 1_000, Recovered, 101),
        (99, 1_000, Partial, 101),
        (100, 900, Recovered, 101),
        (100, 899, Partial, 102),
        (500, 500, Recovered, 501),
        (1_000, 1_000, Recovered, 1_001),
    ] {
        let mut log = Log {
            first: 101,
            last: 1_000,
            reads: 0,
        };
        let mut replays = replays(1_000, limit);
        replays.order(at(1), order("a", since, 1_000));

        let told = carry_out(&mut replays, &mut log);

        let expected = vec![(
            "a".to_owned(),
            expected,
            (first..=1_000).collect::<Vec<_>>(),
        )];
        assert_eq!(told, expected, "after {since}, at most {limit}");
    }
    let mut log = Log {
        first: 2_000,
        last: 2_000,
        reads: 0,
    };
    let mut replays = replays(1_000, 9);
    replays.order(at(1), order("a", 900, 1_000));
    assert_eq!(
        carry_out(&mut replays, &mut log),
        [("a".to_owned(), Expired, Vec::new())]
    );
}

#[test]
fn at_most_a_few_reads_are_under_way_and_a_failed_one_is_tried_again() {
    let mut replays = replays(1_000, 9);
    for n in 1..=9 {
        replays.order(at(n), order(&n.to_string(), 0, 100 * n));
    }
    let reads: Vec<_> = std::iter::from_fn(|| replays.next_read(NOW)).collect();
    assert_eq!(reads, [100, 200, 300, 400].map(at));

    replays.take_page(at(100), None, NOW);
    assert_eq!(replays.next_read(NOW), None);
    let again = NOW.plus(READ_RETRY);
    assert_eq!(replays.wakes_at(), Some(again));
    assert_eq!(replays.next_read(again), Some(at(100)));
}

#[test]
fn orders_of_one_connection_follow_each_other_and_the_oldest_pins() {
    let mut replays = replays(0, 9);
    follow(&mut replays, 5);
    replays.order(at(1), order("a", 0, 5));
    replays.order(at(2), order("a", 4, 5));
    replays.order(at(3), order("b", 0, 5));
    let look = |replays: &mut Replays| -> Vec<String> {
        let found = replays.look(100, all);
        found
            .iter()
            .map(|one| one.connection_id.to_string())
            .collect()
    };

    assert_eq!(look(&mut replays), ["a", "b"]);
    assert_eq!(look(&mut replays), [""; 0]);
    assert_eq!(replays.pin(NOW), Some(at(1).preceding()));
    assert!(replays.done(&ConnectionId::new("a")));
    assert_eq!(look(&mut replays), ["a"]);
    assert_eq!(replays.pin(NOW), Some(at(2).preceding()));
    assert!(!replays.done(&ConnectionId::new("a")));
    assert_eq!(replays.pin(NOW), Some(at(3).preceding()));
    assert_eq!(replays.pin(NOW.plus(PIN_LIFE)), None);
    replays.forget(&ConnectionId::new("b"));
    assert_eq!(replays.pin(NOW), None);
}

/// Looking is cut into pieces, so that what is live is not held up.
#[test]
fn a_search_goes_on_where_its_budget_ended() {
    let mut replays = replays(0, 1_000);
    (1..=100).for_each(|ms| follow(&mut replays, ms));
    replays.order(at(1), order("a", 0, 100));
    for _ in 0..9 {
        assert!(replays.look(11, all).is_empty());
        assert!(replays.can_look());
    }
    let found = replays.look(11, all);
    assert_eq!(found[0].messages.len(), 100);
}
