use futures_util::FutureExt;
use llama_ws_core::SecretKey;
use llama_ws_core::ports::ApiKeys;
use llama_ws_memory::MemoryKeys;

use super::*;

const NOW: UnixMillis = UnixMillis(1_764_000_000_000);
const HOUR: u64 = 3_600_000;

fn at(keys: &MemoryKeys, command: &str, now: UnixMillis) -> Result<Answer, KeyFault> {
    let command = serde_json::from_str(command).unwrap();
    let answer = administer(keys, command, now).now_or_never();
    answer.expect("nothing in memory waits")
}

fn created(keys: &MemoryKeys, more: &str) -> (String, String) {
    let command = format!(r#"{{"create":{{"userId":"alice","permissions":["stats"]{more}}}}}"#);
    let answer = at(keys, &command, NOW).unwrap();
    let id = answer.records[0].key_id.clone().unwrap();
    (answer.key.unwrap(), id)
}

fn is_good(keys: &MemoryKeys, key: &str, now: UnixMillis) -> bool {
    let found = keys.find(&SecretKey::presented(key)).now_or_never();
    found
        .unwrap()
        .unwrap()
        .is_some_and(|key| key.is_good_at(now))
}

fn later(ms: u64) -> UnixMillis {
    NOW.plus(Duration::from_millis(ms))
}

fn named(verb: &str, id: &str) -> String {
    format!(r#"{{"{verb}":{{"keyId":"{id}"}}}}"#)
}

#[test]
fn a_key_is_shown_once() {
    let keys = MemoryKeys::new();
    let (key, id) = created(&keys, r#","connections":7"#);
    assert!(key.starts_with("llws_") && id.starts_with("key_"), "{id}");
    assert!(is_good(&keys, &key, NOW));

    let shown = at(&keys, &named("show", &id), NOW).unwrap();
    let listed = at(&keys, r#"{"list":{}}"#, NOW).unwrap();

    assert_eq!((shown.key, listed.key), (None, None));
    assert_eq!(shown.records, listed.records);
    assert_eq!(shown.records[0].limits.connections, Some(7));
    assert_eq!(shown.records[0].status, "active");
    let everything = serde_json::to_string(&listed.records).unwrap();
    assert!(!everything.contains(&key));
}

#[test]
fn a_revoked_key_is_no_good_and_cannot_be_rotated() {
    let keys = MemoryKeys::new();
    let (key, id) = created(&keys, "");

    let answer = at(&keys, &named("revoke", &id), NOW).unwrap();

    assert_eq!(answer.records[0].status, "revoked");
    assert!(!is_good(&keys, &key, NOW));
    let rotate = format!(r#"{{"rotate":{{"keyId":"{id}","overlapMs":0}}}}"#);
    assert_eq!(at(&keys, &rotate, NOW).err(), Some(KeyFault::Ended));
}

#[test]
fn a_rotated_key_works_beside_the_new_one_for_the_overlap() {
    let keys = MemoryKeys::new();
    let (old, id) = created(&keys, r#","connections":7"#);
    let rotate = format!(r#"{{"rotate":{{"keyId":"{id}","overlapMs":{HOUR}}}}}"#);

    let answer = at(&keys, &rotate, NOW).unwrap();

    let (new, record) = (answer.key.unwrap(), &answer.records[0]);
    assert_ne!(record.key_id.as_ref(), Some(&id));
    assert_eq!(record.user_id, "alice");
    assert_eq!(record.permissions, ["stats"]);
    assert_eq!(
        (record.limits.connections, record.expires_at),
        (Some(7), None)
    );
    for (now, expected) in [(later(HOUR - 1), true), (later(HOUR), false)] {
        assert_eq!(is_good(&keys, &old, now), expected);
        assert!(is_good(&keys, &new, now));
    }
    let old = at(&keys, &named("show", &id), later(HOUR)).unwrap();
    assert_eq!(old.records[0].status, "expired");
}

#[test]
fn an_overlap_never_prolongs_a_key_and_an_end_is_never_lost() {
    let keys = MemoryKeys::new();
    let (old, id) = created(&keys, &format!(r#","expiresInMs":{HOUR}"#));
    let rotate = |more: &str| {
        format!(
            r#"{{"rotate":{{"keyId":"{id}","overlapMs":{}{more}}}}}"#,
            2 * HOUR
        )
    };

    assert_eq!(at(&keys, &rotate(""), NOW).err(), Some(KeyFault::NeedsEnd));
    let answer = at(&keys, &rotate(r#","expiresInMs":9"#), NOW).unwrap();

    assert_eq!(answer.records[0].expires_at, Some(later(9)));
    assert!(is_good(&keys, &old, later(HOUR - 1)));
    assert!(!is_good(&keys, &old, later(HOUR)));
}

#[test]
fn an_unknown_id_is_said_to_be_unknown() {
    let keys = MemoryKeys::new();
    for command in [
        named("show", "key_0"),
        named("revoke", "key_0"),
        r#"{"rotate":{"keyId":"key_0","overlapMs":1}}"#.to_owned(),
    ] {
        assert_eq!(at(&keys, &command, NOW).err(), Some(KeyFault::Unknown));
    }
}
