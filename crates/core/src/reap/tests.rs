//! When a connection is over, and where a run starts.

use super::*;
use crate::connection::{KeyLimits, MAX_LIFE, Principal};
use crate::identifier::UserId;
use crate::permissions::Permissions;

const BEGAN: UnixMillis = UnixMillis(1_764_000_000_000);

fn at(after: Duration) -> UnixMillis {
    BEGAN.plus(after)
}

const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn document() -> ConnectionDocument {
    ConnectionDocument {
        connection_id: ConnectionId::new("a"),
        revision: 1,
        connected_at: BEGAN,
        principal: None,
        authenticated_at: None,
        auth_deadline: None,
        source_ip: String::new(),
        user_agent: None,
        subscription: None,
    }
}

fn document_of_user(expires_at: Option<UnixMillis>) -> ConnectionDocument {
    ConnectionDocument {
        principal: Some(Principal {
            user_id: UserId::new("user"),
            key_id: None,
            key_hash: None,
            permissions: Permissions::default(),
            expires_at,
            limits: KeyLimits::default(),
        }),
        ..document()
    }
}

#[test]
fn a_connection_is_over_five_seconds_after_its_first_deadline() {
    let waiting = ConnectionDocument {
        auth_deadline: Some(at(secs(30))),
        ..document()
    };
    for (document, end) in [
        (document(), MAX_LIFE),
        (document_of_user(None), MAX_LIFE),
        (document_of_user(Some(at(secs(60)))), secs(60)),
        (document_of_user(Some(at(2 * MAX_LIFE))), MAX_LIFE),
        (waiting, secs(30)),
    ] {
        let over = at(end + secs(5));
        assert!(is_over(&document, over), "{document:?}");
        assert!(!is_over(&document, UnixMillis(over.0 - 1)), "{document:?}");
    }
}

#[test]
fn runs_start_in_different_places() {
    let start = |random| anywhere(random).to_string();

    assert_eq!(start(0), "AAAAAAAAAA");
    assert_eq!(start(63), "_AAAAAAAAA");
    assert_ne!(start(1 << 58), start(0));
}
