use super::*;

fn parse(json: &str) -> Result<Event, EventFault> {
    let arrival = Arrival {
        now: UnixMillis(7),
        fallback_id: EventId::new("fallback"),
        target: Target::default(),
    };
    Event::parse(json, arrival)
}

fn refused(json: &str) -> bool {
    matches!(parse(json), Err(EventFault::Invalid(_)))
}

#[test]
fn what_an_event_leaves_out_comes_from_its_arrival() {
    let event = parse(r#"{"type":"price_update","data":{}}"#).unwrap();

    assert_eq!(event.id.as_str(), "fallback");
    assert_eq!(event.timestamp, UnixMillis(7));
    assert_eq!(event.user_id, None);
}

#[test]
fn data_is_kept_byte_for_byte() {
    let data = r#"{ "big": 123456789012345678901234567890, "f":1.10,  "e":1e400, "u":"\u00e9é" }"#;
    let event = parse(&format!(r#"{{"type":"x","data":{data}}}"#)).unwrap();

    assert_eq!(event.data.get(), data);
    let stored = serde_json::to_string(&event).unwrap();
    let read: Event = serde_json::from_str(&stored).unwrap();
    assert_eq!(read.data.get(), data);
}

#[test]
fn types_are_1_to_64_allowed_characters_and_no_frame_type() {
    let of = |name: &str| format!(r#"{{"eventType":"{name}","data":{{}}}}"#);

    assert!(refused(&of("")));
    assert!(parse(&of(&"a".repeat(63))).is_ok());
    assert!(parse(&of(&"a".repeat(64))).is_ok());
    assert!(refused(&of(&"a".repeat(65))));
    assert!(parse(&of("system_announcement")).is_ok());
    assert!(refused(&of("a b")));
    for reserved in RESERVED_TYPES {
        assert!(refused(&of(reserved)), "{reserved}");
    }
}

#[test]
fn ids_are_1_to_128_visible_ascii_characters() {
    let of = |id: &str| format!(r#"{{"eventId":"{id}","type":"x","data":{{}}}}"#);

    assert!(refused(&of("")));
    assert!(parse(&of(&"a".repeat(127))).is_ok());
    assert!(parse(&of(&"a".repeat(128))).is_ok());
    assert!(refused(&of(&"a".repeat(129))));
    assert!(refused(&of("a b")));
    assert!(refused(&of("é")));
    assert!(refused(r#"{"eventId":7,"type":"x","data":{}}"#));
}

#[test]
fn missing_and_mistyped_fields_are_refused() {
    for json in [
        "",
        "[]",
        r#"["id","x",null,null,null,null,{}]"#,
        "7",
        "null",
        r#"{"data":{}}"#,
        r#"{"type":"x"}"#,
        r#"{"type":"x","data":[]}"#,
        r#"{"type":"x","data":"{}"}"#,
        r#"{"type":7,"data":{}}"#,
        r#"{"type":"x","data":{},"timestamp":1.5}"#,
        r#"{"type":"x","data":{},"timestamp":-1}"#,
        r#"{"type":"x","data":{},"timestamp":"1"}"#,
        r#"{"type":"x","data":{},"metadata":7}"#,
        r#"{"type":"x","data":{},"data":{}}"#,
        r#"{"type":"x","type":"y","data":{}}"#,
    ] {
        assert!(refused(json), "{json}");
    }
}

#[test]
fn an_event_is_one_users_when_every_place_agrees() {
    let user = |json: &str| parse(json).unwrap().user_id.map(|user| user.to_string());

    assert_eq!(
        user(r#"{"type":"x","data":{},"userId":"u"}"#).as_deref(),
        Some("u")
    );
    assert_eq!(
        user(r#"{"type":"x","data":{},"metadata":{"userId":"u"}}"#).as_deref(),
        Some("u")
    );
    assert_eq!(
        user(r#"{"type":"x","data":{"userId":"u"}}"#).as_deref(),
        Some("u")
    );
    assert_eq!(
        user(r#"{"type":"x","data":{"userId":"u"},"userId":"u"}"#).as_deref(),
        Some("u")
    );
    assert_eq!(
        user(r#"{"type":"x","data":{"userId":null},"userId":null}"#),
        None
    );
}

#[test]
fn a_user_that_cannot_be_read_is_never_everybody() {
    for json in [
        r#"{"type":"x","data":{"userId":"a"},"userId":"b"}"#,
        r#"{"type":"x","data":{"userId":"a","userId":"b"}}"#,
        r#"{"type":"x","data":{"user\u0049d":"a"},"metadata":{"userId":"b"}}"#,
        r#"{"type":"x","data":{"userId":7}}"#,
        r#"{"type":"x","data":{"userId":""}}"#,
        r#"{"type":"x","data":{},"userId":["a"]}"#,
    ] {
        assert!(refused(json), "{json}");
    }
}

#[test]
fn a_key_that_is_no_text_hides_neither_user_nor_tags() {
    let event = |json: &str| parse(json).unwrap();

    let in_data = event(r#"{"type":"x","data":{"\ud800":1,"userId":"u"}}"#);
    assert_eq!(in_data.user_id, Some(UserId::new("u")));
    let in_metadata = event(r#"{"type":"x","data":{},"metadata":{"\ud800":1,"userId":"u"}}"#);
    assert_eq!(in_metadata.user_id, Some(UserId::new("u")));
    let tagged = event(
        r#"{"type":"x","data":{},"metadata":{"\ud800":1,"tags":["\ud800","extreme-change"]}}"#,
    );
    assert_eq!(tagged.priority, Priority::High);
}

#[test]
fn alerts_and_extreme_changes_have_high_priority() {
    let priority = |json: &str| parse(json).unwrap().priority;

    assert_eq!(priority(r#"{"type":"alert","data":{}}"#), Priority::High);
    assert_eq!(
        priority(r#"{"type":"x","data":{},"metadata":{"tags":["price","extreme-change"]}}"#),
        Priority::High
    );
    assert_eq!(
        priority(r#"{"type":"x","data":{},"metadata":{"tags":[1,"large-change"]}}"#),
        Priority::Normal
    );
    assert_eq!(
        priority(r#"{"type":"x","data":{},"metadata":{"tags":"extreme-change"}}"#),
        Priority::Normal
    );
}

#[test]
fn an_event_whose_frame_could_pass_120_kb_is_too_large() {
    let of = |bytes: usize| {
        format!(
            r#"{{"type":"x","data":{{"a":"{}"}}}}"#,
            "a".repeat(bytes - r#"{"a":""}"#.len())
        )
    };
    let most = MAX_FRAME_BYTES - FRAME_OVERHEAD_BYTES;

    assert!(parse(&of(most - 1)).is_ok());
    assert!(parse(&of(most)).is_ok());
    assert_eq!(parse(&of(most + 1)).unwrap_err(), EventFault::TooLarge);
}
