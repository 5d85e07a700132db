//! How long answers are remembered, and how many.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use llama_ws_core::{KeyLimits, Permissions, Principal, UserId};
use llama_ws_memory::{ManualClock, MemoryKeys};

use super::*;

/// A table that counts how often it is asked.
#[derive(Clone)]
struct Counted {
    table: MemoryKeys,
    asked: Arc<AtomicUsize>,
}

impl ApiKeys for Counted {
    async fn find(&self, key: &SecretKey) -> Result<Option<ApiKey>, Unavailable> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.table.find(key).await
    }

    async fn find_held(&self, held: &[HeldKey]) -> Result<HashMap<KeyHash, ApiKey>, Unavailable> {
        self.table.find_held(held).await
    }
}

struct Stand {
    clock: ManualClock,
    table: Counted,
    keys: CachedKeys<Counted, ManualClock>,
}

impl Stand {
    fn new() -> Self {
        let clock = ManualClock::new(UnixMillis(1_764_000_000_000));
        let table = Counted {
            table: MemoryKeys::new(),
            asked: Arc::default(),
        };
        Self {
            keys: CachedKeys::new(table.clone(), clock.clone()),
            clock,
            table,
        }
    }

    /// Whether the key would open a connection now.
    fn is_good(&self, key: &str) -> bool {
        let found = self.keys.find(&SecretKey::presented(key)).now_or_never();
        let found = found.expect("nothing in memory waits").expect("an answer");
        found.is_some_and(|key| key.is_good_at(self.clock.now()))
    }

    fn asked(&self) -> usize {
        self.table.asked.load(Ordering::Relaxed)
    }

    fn pass(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }
}

fn record(enabled: bool, expires_at: Option<UnixMillis>) -> ApiKey {
    let principal = Principal {
        user_id: UserId::new("alice"),
        key_id: None,
        key_hash: None,
        permissions: Permissions::default(),
        expires_at,
        limits: KeyLimits::default(),
    };
    ApiKey {
        principal,
        enabled,
        created_at: None,
    }
}

#[test]
fn a_key_seen_before_costs_no_read_for_30_seconds() {
    let stand = Stand::new();
    stand.table.table.insert("key", record(true, None));

    for _ in 0..3 {
        assert!(stand.is_good("key"));
        stand.pass(9_999);
    }
    assert_eq!(stand.asked(), 1);
    stand.pass(2);
    assert!(stand.is_good("key"));
    assert_eq!(stand.asked(), 1);
    stand.pass(1);
    assert!(stand.is_good("key"));
    assert_eq!(stand.asked(), 2);
}

#[test]
fn a_revoked_or_deleted_key_is_refused_within_a_minute() {
    for deleted in [false, true] {
        let stand = Stand::new();
        stand.table.table.insert("key", record(true, None));
        assert!(stand.is_good("key"));

        if deleted {
            stand.table.table.remove("key");
        } else {
            stand.table.table.insert("key", record(false, None));
        }
        stand.pass(29_999);
        assert!(stand.is_good("key"), "the memory is there");
        stand.pass(1);
        assert!(!stand.is_good("key"));
    }
}

#[test]
fn an_unknown_key_costs_one_read_in_10_seconds_and_is_good_soon_after_it_is_made() {
    let stand = Stand::new();
    assert!(!stand.is_good("key"));
    stand.table.table.insert("key", record(true, None));

    stand.pass(9_999);
    assert!(!stand.is_good("key"));
    assert_eq!(stand.asked(), 1);
    stand.pass(1);
    assert!(stand.is_good("key"));
    assert_eq!(stand.asked(), 2);
}

#[test]
fn a_remembered_key_expires_when_it_is_due() {
    let stand = Stand::new();
    let end = stand.clock.now().plus(Duration::from_secs(5));
    stand.table.table.insert("key", record(true, Some(end)));
    assert!(stand.is_good("key"));

    stand.pass(4_999);
    assert!(stand.is_good("key"));
    stand.pass(1);
    assert!(!stand.is_good("key"));
    assert_eq!(stand.asked(), 1);
}

#[test]
fn a_fault_is_not_remembered() {
    let stand = Stand::new();
    stand.table.table.insert("key", record(true, None));
    stand.table.table.fail(true);
    let key = SecretKey::presented("key");
    let asked = stand.keys.find(&key).now_or_never();
    assert!(asked.expect("nothing in memory waits").is_err());

    stand.table.table.fail(false);
    assert!(stand.is_good("key"));
}

#[test]
fn keys_that_are_made_up_neither_fill_the_memory_nor_push_out_one_in_use() {
    let stand = Stand::new();
    stand.table.table.insert("key", record(true, None));
    assert!(stand.is_good("key"));

    for number in 0..3 * CAPACITY {
        assert!(!stand.is_good(&format!("made-up-{number}")));
        if number % 100 == 0 {
            assert!(stand.is_good("key"));
        }
        assert!(stand.keys.known.len() <= CAPACITY);
    }
    assert_eq!(stand.asked(), 3 * CAPACITY + 1);
}
