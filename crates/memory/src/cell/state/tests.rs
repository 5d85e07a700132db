//! That nothing stays which nobody needs, and what a removal means.

use llama_ws_core::ports::{Candidate, Checkpoint, RequestKind};
use llama_ws_core::{ConnectionId, KeyLimits, Permissions, Policy, Principal, UserId};

use super::*;

const NOW: UnixMillis = UnixMillis(1_764_000_000_000);

fn document(id: &str) -> ConnectionDocument {
    ConnectionDocument {
        connection_id: ConnectionId::new(id),
        revision: 1,
        connected_at: NOW,
        principal: Some(Principal {
            user_id: UserId::new("user"),
            key_id: None,
            key_hash: None,
            permissions: Permissions::default(),
            expires_at: None,
            limits: KeyLimits::default(),
        }),
        authenticated_at: Some(NOW),
        auth_deadline: None,
        source_ip: "192.0.2.1".to_owned(),
        user_agent: None,
        subscription: None,
    }
}

/// Whether anything but the change log still speaks of "trace".
fn has_trace(state: &State) -> bool {
    let kept = (
        &state.limits,
        &state.waits,
        &state.directory,
        &state.allowances,
    );
    format!("{kept:?}").contains("trace")
}

fn after(secs: u64) -> UnixMillis {
    NOW.plus(Duration::from_secs(secs))
}

#[test]
fn windows_and_waits_that_are_over_are_swept() {
    let mut state = State::new(CellOptions::default());
    state.sweep(NOW);
    let (id, policy) = (ConnectionId::new("trace"), Policy::default());
    let kind = RequestKind::SubscriptionChange;
    state.limits.admit_connect("trace", &policy, NOW);
    state.limits.admit_request(&id, kind, &policy, NOW);
    state.waits.begin(&id, 1, NOW);

    state.sweep(after(59));
    assert!(has_trace(&state));
    state.sweep(after(60));
    assert!(!has_trace(&state));
}

#[test]
fn tombstones_are_swept_after_a_minute() {
    let mut state = State::new(CellOptions::default());
    state.publish(&document("trace"), Some(1), NOW);
    state.remove(&document("trace"), NOW);

    state.sweep(after(59));
    assert!(has_trace(&state));
    state.sweep(after(120));
    assert!(!has_trace(&state));
}

#[test]
fn an_expired_connection_is_no_member_and_is_swept() {
    let mut state = State::new(CellOptions::default());
    let document = document("trace");
    let id = &document.connection_id;
    state.publish(&document, Some(1), NOW);
    let end = document.expires_at();
    let just_before = end.minus(Duration::from_millis(1));

    assert_eq!(state.members(Slot::WHOLE, just_before).documents.len(), 1);
    assert!(state.directory.get(id, just_before).is_some());
    assert_eq!(state.members(Slot::WHOLE, end).documents.len(), 0);
    assert!(state.directory.get(id, end).is_none());
    state.sweep(end);
    assert!(!has_trace(&state));
}

#[test]
fn removing_again_is_no_change() {
    let mut state = State::new(CellOptions::default());
    state.publish(&document("a"), None, NOW);
    state.remove(&document("a"), NOW);
    let end = state.end();

    state.remove(&document("a"), after(1));

    assert_eq!(state.end(), end);
}

#[test]
fn a_removal_by_an_older_document_gives_the_place_back_too() {
    let mut state = State::new(CellOptions::default());
    let unauthenticated = ConnectionDocument {
        principal: None,
        ..document("a")
    };
    state.publish(&document("a").next(), Some(1), NOW);

    state.remove(&unauthenticated, NOW);

    let next = state.publish(&document("b"), Some(1), NOW);
    assert!(matches!(next, Publication::Done { .. }));
}

#[test]
fn samples_take_turns_until_all_have_been_seen() {
    let mut state = State::new(CellOptions::default());
    for n in 0..7 {
        state.publish(&document(&format!("{n}")), None, NOW);
    }

    let mut seen: Vec<_> = (0..4)
        .flat_map(|_| state.directory.sample(2, NOW))
        .collect();

    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

#[test]
fn discarding_gives_the_place_back() {
    let mut state = State::new(CellOptions::default());
    state.publish(&document("a"), Some(1), NOW);

    state.discard(&ConnectionId::new("a"), after(1), NOW);

    let next = state.publish(&document("b"), Some(1), NOW);
    assert!(matches!(next, Publication::Done { .. }));
}

#[test]
fn the_change_log_waits_for_the_checkpoint_of_a_live_lease() {
    let options = CellOptions {
        max_changes: 2,
        ..CellOptions::default()
    };
    let mut state = State::new(options);
    let changes = |state: &State| {
        state
            .read(Slot::WHOLE, Cursor::default(), 100)
            .changes
            .len()
    };
    let candidate = Candidate {
        owner: "a".to_owned(),
        deadline: after(900),
    };
    let answer = state.leases.acquire(Slot::WHOLE, &candidate, NOW);
    let llama_ws_core::ports::Acquired::Granted(lease) = answer else {
        panic!("{answer:?}");
    };

    for n in 0..5 {
        state.publish(&document(&format!("{n}")), None, NOW);
    }
    assert_eq!(changes(&state), 5);

    let progress = Checkpoint {
        cursor: state.end(),
        ..Checkpoint::default()
    };
    state
        .leases
        .checkpoint(Slot::WHOLE, lease.token, &progress, NOW);
    state.publish(&document("5"), None, NOW);
    assert_eq!(changes(&state), 2);
}
