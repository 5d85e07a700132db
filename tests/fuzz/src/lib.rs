//! What must hold for any bytes at all: one function a parser, which panics where it does not.
//! `tests/replay.rs` calls them with the corpus and mutations of it.

use llama_ws_core::{
    Arrival, Channel, EVENTS_PREFIX, Event, EventId, Filters, MAX_FRAME_BYTES, Matcher, Offset,
    RESERVED_TYPES, Target, UnixMillis,
};
use llama_ws_wire::{
    MAX_CHANNEL_COUNT, MAX_CONNECTION_ID_CHARS, MAX_REPLY_BYTES, MAX_REQUEST_BYTES, Reply,
    ServerFrame, Verb, decode, decode_http_broadcast, decode_http_filters, decode_http_subscribe,
    decode_http_unsubscribe,
};

/// A function that takes any bytes.
pub type Check = fn(&[u8]);

/// Every target, by the name of its folder in the corpus.
pub const TARGETS: [(&str, Check); 6] = [
    ("frame", frame),
    ("http", http),
    ("filters", filters),
    ("channel", channel),
    ("event", event),
    ("offset", offset),
];

/// A client's message: what is accepted keeps its limits, and any answer is a frame that clients read.
pub fn frame(bytes: &[u8]) {
    let text = &String::from_utf8_lossy(bytes);
    let (id, reply) = match decode(text) {
        Ok(request) => {
            assert!(text.len() <= MAX_REQUEST_BYTES);
            if let Verb::Subscribe(wanted) = &request.verb {
                assert!((1..=MAX_CHANNEL_COUNT).contains(&wanted.channels.len()));
            }
            let connection_id = "c".to_owned();
            (request.id, Reply::Pong { connection_id })
        }
        Err(refusal) => (refusal.id, Reply::Error(refusal.error)),
    };
    let answer = reply.encode(id.as_ref(), 1);
    assert!(answer.len() <= MAX_REPLY_BYTES);
    let read = ServerFrame::decode(&answer);
    assert!(
        matches!(&read, Ok(ServerFrame::Reply(frame)) if frame.id == id),
        "{answer}"
    );
}

/// A body of an HTTP route: a connection that is accepted has a name of the allowed length.
pub fn http(bytes: &[u8]) {
    let text = &String::from_utf8_lossy(bytes);
    let named = [
        decode_http_subscribe(text).map(|(id, _)| id),
        decode_http_unsubscribe(text).map(|(id, _)| id),
        decode_http_filters(text).map(|(id, _)| id),
    ];
    for id in named.into_iter().flatten() {
        assert!((1..=MAX_CONNECTION_ID_CHARS).contains(&id.chars().count()));
    }
    if let Ok(broadcast) = decode_http_broadcast(text) {
        assert!(broadcast.message.get().starts_with('{'));
    }
}

/// Filters: written again they are read as the same, and their canonical form is one.
pub fn filters(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok((_, first)) = decode_http_filters(&body(&text)) else {
        return;
    };
    let written = serde_json::to_string(&first.filters).unwrap_or_default();
    let again = body(&written);
    if again.len() <= MAX_REQUEST_BYTES {
        let second = decode_http_filters(&again).map(|(_, second)| second.filters);
        assert_eq!(second, Ok(first.filters), "{written}");
    }
    let meant = serde_json::from_str::<Filters>(&written);
    assert!(
        meant.is_ok_and(|meant| Matcher::new(&meant) == Matcher::new(&meant.clone())),
        "{written}"
    );
}

fn body(filters: &str) -> String {
    format!(r#"{{"connectionId":"c","filters":{filters}}}"#)
}

/// A channel: its canonical name is its own, with the prefix or without.
pub fn channel(bytes: &[u8]) {
    let Ok(channel) = Channel::parse(&String::from_utf8_lossy(bytes)) else {
        return;
    };
    let name = channel.to_string();
    assert_eq!(Channel::parse(&name).as_ref(), Ok(&channel));
    let prefixed = format!("{EVENTS_PREFIX}{name}");
    assert_eq!(Channel::parse(&prefixed).as_ref(), Ok(&channel));
}

/// An event: what is accepted fits a frame and is the same after the log has kept it.
pub fn event(bytes: &[u8]) {
    let arrival = Arrival {
        now: UnixMillis(1),
        fallback_id: EventId::new("fallback"),
        target: Target::default(),
    };
    let Ok(event) = Event::parse(&String::from_utf8_lossy(bytes), arrival) else {
        return;
    };
    assert!(event.data.get().len() <= MAX_FRAME_BYTES);
    assert!(!RESERVED_TYPES.contains(&event.event_type.as_str()));
    let facets = event.facets();
    assert!(facets.value.is_none_or(f64::is_finite));
    for channel in event.channels(&facets) {
        assert_eq!(Channel::parse(channel.as_str()), Ok(channel));
    }
    let kept = serde_json::to_string(&event).unwrap_or_default();
    let read = serde_json::from_str::<Event>(&kept);
    assert!(
        read.is_ok_and(|read| read.data.get() == event.data.get()
            && read.id == event.id
            && read.user_id == event.user_id),
        "{kept}"
    );
}

/// An offset: written again it is the same, and its neighbours are on their sides.
pub fn offset(bytes: &[u8]) {
    let Ok(offset) = String::from_utf8_lossy(bytes).parse::<Offset>() else {
        return;
    };
    assert_eq!(offset.to_string().parse(), Ok(offset));
    assert!(offset == Offset::ZERO || offset.preceding() < offset);
    assert!(offset == Offset::LAST || offset.following(0) > offset);
}
