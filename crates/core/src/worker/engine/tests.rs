mod overload;

use super::*;
use crate::channel::SpelledChannel;
use crate::connection::{KeyLimits, Principal};
use crate::delivery::Job;
use crate::event::{Arrival, Event, Target};
use crate::filter::Filters;
use crate::identifier::{EventId, UserId};
use crate::permissions::Permissions;
use crate::ports::{Marks, Token};
use crate::subscription::{ChannelOptions, Subscription};
use crate::worker::entries::{alert, at};

const START: UnixMillis = UnixMillis(1_000_000);

fn document(id: &str) -> ConnectionDocument {
    let mut subscription = Subscription::new(START);
    let alerts = [SpelledChannel::parse("alerts").unwrap()];
    subscription.subscribe(&alerts, Filters::default(), ChannelOptions::default());
    ConnectionDocument {
        connection_id: ConnectionId::new(id),
        revision: 2,
        connected_at: START,
        principal: Some(Principal {
            user_id: UserId::new("u"),
            key_id: None,
            key_hash: None,
            permissions: Permissions::new(["*"]),
            expires_at: None,
            limits: KeyLimits::default(),
        }),
        authenticated_at: None,
        auth_deadline: None,
        source_ip: String::new(),
        user_agent: None,
        subscription: Some(subscription),
    }
}

fn lease(cursor: u64, marks: &[(&str, u64, u64)]) -> Lease {
    Lease {
        token: Token(1),
        expires_at: START.plus(Duration::from_secs(10)),
        cursor: Cursor {
            events: at(cursor),
            changes: Offset::ZERO,
        },
        marks: marks
            .iter()
            .map(|(id, sent, due)| {
                (
                    ConnectionId::new(*id),
                    Marks {
                        sent: at(*sent),
                        due: at(*due),
                    },
                )
            })
            .collect(),
        first: false,
    }
}

fn engine(lease: &Lease, documents: Vec<ConnectionDocument>) -> Engine {
    Engine::new(
        lease,
        Members {
            documents,
            changes_after: Offset::ZERO,
        },
        Vec::new(),
        FrameBudget::default(),
        START,
    )
}

fn events(entries: Vec<LogEntry>) -> Batch {
    let last = entries.last().map_or(Offset::ZERO, |entry| entry.offset);
    Batch {
        events: entries,
        read_to: Cursor {
            events: last,
            changes: Offset::ZERO,
        },
        ..Batch::default()
    }
}

/// The next job of a worker that has just read the logs.
fn next_job(engine: &mut Engine, now: UnixMillis) -> Option<(ConnectionId, Job)> {
    let ask = engine.ask();
    engine.answered(ask);
    engine.next_job(now)
}

/// Runs every job to its end and tells what was posted to whom.
fn posts(engine: &mut Engine, now: UnixMillis) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some((id, job)) = next_job(engine, now) {
        seen.push(match job {
            Job::Close => format!("{id} close"),
            Job::Post(frame) => {
                let frame: serde_json::Value = serde_json::from_slice(&frame).unwrap();
                let text = |field: &str| frame[field].as_str().unwrap_or("null").to_owned();
                match frame["reason"].as_str() {
                    Some(reason) => format!("{id} goodbye {reason}"),
                    None if frame["offset"].is_string() => {
                        format!("{id} {} after {}", text("offset"), text("prev"))
                    }
                    None => format!("{id} {}", text("type")),
                }
            }
        });
        engine.finish(&id, PostOutcome::Delivered, now, 0);
    }
    seen
}

#[test]
fn a_take_over_repeats_nothing_that_was_sent_and_loses_nothing_that_was_due() {
    let lease = lease(
        3,
        &[("up-to-date", 4, 4), ("behind", 1, 3), ("quiet", 2, 2)],
    );
    let documents = ["behind", "new", "quiet", "up-to-date"]
        .map(document)
        .to_vec();
    let mut engine = engine(&lease, documents);

    assert_eq!(engine.read_from().events, at(1));
    engine.take(events((2..=5).map(alert).collect()), START);
    let mut sent = posts(&mut engine, START);
    sent.sort();
    assert_eq!(
        sent,
        [
            "behind 2-0 after 1-0",
            "behind 3-0 after 2-0",
            "behind 4-0 after 3-0",
            "behind 5-0 after 4-0",
            "new 4-0 after 0-0",
            "new 5-0 after 4-0",
            "quiet 4-0 after 2-0",
            "quiet 5-0 after 4-0",
            "up-to-date 5-0 after 4-0",
        ]
    );
}

#[test]
fn a_gap_in_the_log_makes_the_next_predecessor_unknown_for_those_who_were_there() {
    let mut engine = engine(&lease(0, &[]), vec![document("a")]);
    engine.take(events(vec![gap(1), alert(2), alert(3)]), START);

    assert_eq!(
        posts(&mut engine, START),
        ["a 2-0 after null", "a 3-0 after 2-0"]
    );
    assert_eq!(engine.checkpoint(START).cursor.events, at(3));
}

fn gap(ms: u64) -> LogEntry {
    LogEntry {
        offset: at(ms),
        record: Record::Gap,
    }
}

#[test]
fn a_gap_that_a_take_over_reads_again_is_told_only_to_those_it_concerns() {
    let lease = lease(4, &[("behind", 1, 4), ("up-to-date", 4, 4)]);
    let documents = ["behind", "quiet", "up-to-date"].map(document).to_vec();
    let mut engine = engine(&lease, documents);
    engine.take(events(vec![gap(2), alert(3), alert(5)]), START);

    let mut sent = posts(&mut engine, START);
    sent.sort();
    assert_eq!(
        sent,
        [
            "behind 3-0 after null",
            "behind 5-0 after 3-0",
            "quiet 5-0 after 0-0",
            "up-to-date 5-0 after 4-0",
        ]
    );
}

#[test]
fn a_gap_is_not_forgotten_by_a_take_over() {
    let mut first = engine(&lease(1, &[("a", 1, 1)]), vec![document("a")]);
    first.take(events(vec![gap(2)]), START);
    let progress = first.checkpoint(START);
    assert_eq!(progress.cursor.events, at(2));

    let lease = Lease {
        cursor: progress.cursor,
        marks: progress.marks.into_iter().collect(),
        ..lease(0, &[])
    };
    let mut second = engine(&lease, vec![document("a")]);
    second.take(events(vec![alert(3)]), START);
    // A client that saw 1-0 last learns that it may have missed something.
    assert_eq!(posts(&mut second, START), ["a 3-0 after 2-0"]);
}

#[test]
fn a_take_over_does_not_look_back_before_a_new_connection() {
    let mut first = engine(&lease(7, &[]), Vec::new());
    let joined = Change {
        id: at(1),
        at: at(7),
        kind: ChangeKind::Document(Arc::new(document("a"))),
    };
    first.take(
        Batch {
            changes: vec![joined],
            ..events(vec![alert(8)])
        },
        START,
    );
    let progress = first.checkpoint(START);
    let lease = Lease {
        cursor: progress.cursor,
        marks: progress.marks.into_iter().collect(),
        ..lease(0, &[])
    };
    let second = engine(&lease, vec![document("a")]);
    assert_eq!(second.read_from().events, at(7));
}

#[test]
fn trimmed_events_are_a_gap_too() {
    let mut engine = engine(&lease(0, &[]), vec![document("a")]);
    engine.take(
        Batch {
            trimmed: true,
            ..events(vec![alert(2)])
        },
        START,
    );

    assert_eq!(posts(&mut engine, START), ["a 2-0 after null"]);
}

#[test]
fn the_checkpoint_stays_before_what_is_not_posted() {
    let mut engine = engine(&lease(0, &[]), vec![document("a")]);
    engine.take(events(vec![alert(1), alert(2)]), START);
    assert_eq!(engine.checkpoint(START).cursor.events, Offset::ZERO);

    let (id, _) = engine.next_job(START).unwrap();
    engine.finish(&id, PostOutcome::Delivered, START, 0);
    let checkpoint = engine.checkpoint(START);
    assert_eq!(checkpoint.cursor.events, at(1));
    assert_eq!(
        checkpoint.marks,
        [(
            ConnectionId::new("a"),
            Marks {
                sent: at(1),
                due: at(2)
            }
        )]
    );

    engine.checkpointed();
    assert!(engine.checkpoint(START).marks.is_empty());
}

#[test]
fn a_gone_connection_is_forgotten_and_holds_nothing_back() {
    let mut engine = engine(&lease(0, &[]), vec![document("a")]);
    engine.take(events(vec![alert(1), alert(2)]), START);
    let later = START.plus(Duration::from_secs(6));

    let (id, _) = engine.next_job(later).unwrap();
    let gone = engine.finish(&id, PostOutcome::Gone, later, 0);
    assert_eq!(
        gone.map(|document| document.connection_id.to_string())
            .as_deref(),
        Some("a")
    );
    let checkpoint = engine.checkpoint(later);
    assert_eq!(checkpoint.cursor.events, at(2));
    assert_eq!(checkpoint.forgotten, [ConnectionId::new("a")]);
    assert_eq!(checkpoint.counts.connections, 0);
}

#[test]
fn an_unsubscribe_takes_back_what_waits() {
    let mut engine = engine(&lease(0, &[]), vec![document("a")]);
    engine.take(events(vec![alert(1), alert(2)]), START);
    let (id, _) = engine.next_job(START).unwrap();

    let left = ConnectionDocument {
        revision: 3,
        subscription: None,
        ..document("a")
    };
    let change = Change {
        id: at(1),
        at: at(2),
        kind: ChangeKind::Document(Arc::new(left)),
    };
    let read_to = Cursor {
        events: at(2),
        changes: at(1),
    };
    engine.take(
        Batch {
            changes: vec![change],
            read_to,
            ..Batch::default()
        },
        START,
    );
    engine.finish(&id, PostOutcome::Delivered, START, 0);

    assert_eq!(posts(&mut engine, START), Vec::<String>::new());
    assert_eq!(engine.checkpoint(START).cursor.events, at(2));
}

#[test]
fn a_connection_without_a_credential_is_closed_at_its_deadline() {
    let deadline = START.plus(Duration::from_secs(30));
    let waiting = ConnectionDocument {
        principal: None,
        auth_deadline: Some(deadline),
        ..document("a")
    };
    let mut engine = engine(&lease(0, &[]), vec![waiting]);

    assert_eq!(engine.wakes_at(), Some(deadline));
    engine.tick(UnixMillis(deadline.0 - 1));
    assert_eq!(
        posts(&mut engine, UnixMillis(deadline.0 - 1)),
        Vec::<String>::new()
    );
    engine.tick(deadline);
    assert_eq!(
        posts(&mut engine, deadline),
        ["a goodbye auth_expired", "a close"]
    );
}

#[test]
fn a_session_is_announced_to_end_and_ends_with_its_credential() {
    let end = START.plus(Duration::from_secs(600));
    let mut expiring = document("a");
    expiring.principal.as_mut().unwrap().expires_at = Some(end);
    let mut engine = engine(&lease(0, &[]), vec![expiring]);

    let notice = end.minus(Duration::from_secs(300));
    engine.tick(notice);
    assert_eq!(posts(&mut engine, notice), ["a auth_expiring"]);
    engine.tick(end);
    assert_eq!(
        posts(&mut engine, end),
        ["a goodbye auth_expired", "a close"]
    );
}

#[test]
fn a_fresh_credential_moves_the_end() {
    let end = START.plus(Duration::from_secs(600));
    let mut expiring = document("a");
    expiring.principal.as_mut().unwrap().expires_at = Some(end);
    let mut engine = engine(&lease(0, &[]), vec![expiring.clone()]);

    expiring.revision += 1;
    expiring.principal.as_mut().unwrap().expires_at = Some(end.plus(Duration::from_secs(3_600)));
    let change = Change {
        id: at(1),
        at: Offset::ZERO,
        kind: ChangeKind::Document(Arc::new(expiring)),
    };
    engine.take(
        Batch {
            changes: vec![change],
            ..Batch::default()
        },
        START,
    );
    engine.tick(end);
    assert_eq!(posts(&mut engine, end), Vec::<String>::new());
}

#[test]
fn goodbyes_spread_the_returns_to_200_a_second() {
    let mut engine = engine(&lease(0, &[]), ["a", "b", "c"].map(document).to_vec());
    let ending = document("a").ends_at().minus(Duration::from_secs(60));
    engine.tick(ending);

    let mut returns = Vec::new();
    while let Some((id, Job::Post(frame))) = engine.next_job(ending) {
        let frame: serde_json::Value = serde_json::from_slice(&frame).unwrap();
        assert_eq!(frame["reason"], "max_lifetime");
        returns.push(frame["reconnectAt"].as_u64().unwrap() - ending.0);
        engine.finish(&id, PostOutcome::Delivered, ending, 0);
    }
    assert_eq!(returns, [0, 5, 10]);

    let over = document("a").ends_at().minus(Duration::from_secs(2));
    engine.tick(over);
    assert_eq!(posts(&mut engine, over), ["a close", "b close", "c close"]);
}
mod knowledge;
