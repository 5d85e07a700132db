//! Frames that the worker sends. An event's bytes are made once, in [`SharedEvent`]; what differs
//! between recipients is written around them.

use std::io::Write;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};

use crate::event::{LatestKey, Priority};
use crate::offset::Offset;
use crate::routing::{RoutedEvent, Spellings};
use crate::time::UnixMillis;

/// An event at its place in the log, encoded as far as all recipients share it.
#[derive(Debug)]
pub(crate) struct SharedEvent {
    pub(crate) routed: RoutedEvent,
    pub(crate) offset: Offset,
    /// What it can be superseded by, if by anything.
    pub(crate) latest_key: Option<Arc<LatestKey>>,
    /// `{"type":"…","channel":`
    head: Bytes,
    /// `,"data":…,"timestamp":…,"eventId":"…","offset":"…","prev":`
    middle: Bytes,
    /// `,"priority":"…"}}`
    tail: &'static str,
}

impl SharedEvent {
    pub(crate) fn new(routed: RoutedEvent, offset: Offset) -> Self {
        let event = &routed.event;
        let mut head = Vec::with_capacity(event.event_type.len() + 24);
        head.extend_from_slice(br#"{"type":"#);
        write_string(&mut head, &event.event_type);
        head.extend_from_slice(br#","channel":"#);

        let mut middle = Vec::with_capacity(event.data.get().len() + 200);
        middle.extend_from_slice(br#","data":"#);
        middle.extend_from_slice(event.data.get().as_bytes());
        write_display(
            &mut middle,
            format_args!(r#","timestamp":{},"eventId":"#, event.timestamp),
        );
        write_string(&mut middle, event.id.as_str());
        write_display(&mut middle, format_args!(r#","offset":"{offset}","prev":"#));

        let tail = match event.priority {
            Priority::Normal => r#","priority":"normal"}}"#,
            Priority::High => r#","priority":"high"}}"#,
        };
        Self {
            head: head.into(),
            middle: middle.into(),
            offset,
            latest_key: routed.latest_key().map(Arc::new),
            routed,
            tail,
        }
    }
}

/// Why a message comes out of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It was missed.
    Replay,
}

/// What a message says of its place among the others.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing {
    /// It follows this one, or nobody knows which.
    After(Option<Offset>),
    /// It has no predecessor.
    Again(Again),
}

impl From<Option<Offset>> for Standing {
    fn from(prev: Option<Offset>) -> Self {
        Self::After(prev)
    }
}

impl From<Again> for Standing {
    fn from(again: Again) -> Self {
        Self::Again(again)
    }
}

impl Standing {
    fn write(self, out: &mut BytesMut) {
        match self {
            Self::After(Some(prev)) => write_display(out.writer(), format_args!(r#""{prev}""#)),
            Self::After(None) => out.put_slice(b"null"),
            Self::Again(Again::Replay) => out.put_slice(br#"null,"replay":true"#),
        }
    }
}

/// An event on its way to one connection.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) event: Arc<SharedEvent>,
    pub(crate) channels: Spellings,
}

impl Message {
    pub(crate) fn offset(&self) -> Offset {
        self.event.offset
    }

    /// About how many bytes its frame has: what a lane's bound counts.
    pub(crate) fn bytes(&self) -> usize {
        let channels: usize = self.channels.iter().map(|channel| channel.len() + 3).sum();
        self.event.head.len() + self.event.middle.len() + channels + 120
    }

    /// What its JSON has at the least.
    pub(super) fn least_bytes(&self) -> usize {
        self.event.head.len() + self.event.middle.len() + self.event.tail.len()
    }

    pub(super) fn is_alert(&self) -> bool {
        self.event.routed.event.is_alert()
    }

    /// Alerts and extreme changes go first where lanes compete.
    pub(super) fn is_urgent(&self) -> bool {
        self.event.routed.event.priority == Priority::High
    }

    /// Whether `later` comes on every channel on which this one does.
    pub(crate) fn is_covered_by(&self, later: &Self) -> bool {
        self.channels
            .iter()
            .all(|channel| later.channels.contains(channel))
    }

    /// The frame of one message.
    #[cfg(test)]
    fn frame(&self, standing: impl Into<Standing>, sent_at: UnixMillis) -> Bytes {
        let mut pack = super::pack::Pack::new(sent_at, self.bytes());
        pack.add(self, standing);
        pack.finish()
    }

    /// Writes its JSON.
    pub(super) fn write(&self, out: &mut BytesMut, standing: Standing, sent_at: UnixMillis) {
        out.put_slice(&self.event.head);
        if let Some(first) = self.channels.first() {
            write_string(out.writer(), first);
        }
        if self.channels.len() > 1 {
            let mut separator: &[u8] = br#","channels":["#;
            for channel in self.channels.iter() {
                out.put_slice(separator);
                write_string(out.writer(), channel);
                separator = b",";
            }
            out.put_slice(b"]");
        }
        out.put_slice(&self.event.middle);
        standing.write(out);
        write_display(
            out.writer(),
            format_args!(r#","metadata":{{"sentAt":{sent_at}"#),
        );
        out.put_slice(self.event.tail.as_bytes());
    }
}

/// The frame that announces the end of a credential.
pub(crate) fn auth_expiring(expires_at: UnixMillis) -> Bytes {
    Bytes::from(format!(
        r#"{{"type":"auth_expiring","expiresAt":{expires_at}}}"#
    ))
}

/// The frame before a planned close.
pub(crate) fn goodbye(reason: &str, reconnect_at: UnixMillis) -> Bytes {
    Bytes::from(format!(
        r#"{{"type":"goodbye","reason":"{reason}","reconnectAt":{reconnect_at}}}"#
    ))
}

/// Writing into memory cannot fail, nor can a string fail to be JSON.
fn write_string(out: impl Write, text: &str) {
    let _ = serde_json::to_writer(out, text);
}

fn write_display(mut out: impl Write, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Arrival, Event, Target};
    use crate::identifier::EventId;

    fn message(json: &str, channels: &[&str]) -> Message {
        let arrival = Arrival {
            now: UnixMillis(1),
            fallback_id: EventId::new("e"),
            target: Target::default(),
        };
        let event = Event::parse(json, arrival).unwrap();
        Message {
            event: Arc::new(SharedEvent::new(
                RoutedEvent::new(Arc::new(event)),
                Offset::new(5, 0),
            )),
            channels: channels.iter().map(|&channel| channel.into()).collect(),
        }
    }

    fn text(frame: &Bytes) -> &str {
        std::str::from_utf8(frame).unwrap()
    }

    #[test]
    fn a_frame_is_exactly_the_contracts() {
        let message = message(
            r#"{"eventId":"a\"b","type":"price_update","timestamp":9,"data":{"price":1.10}}"#,
            &["events:prices"],
        );

        assert_eq!(
            text(&message.frame(Some(Offset::new(4, 2)), UnixMillis(7))),
            r#"{"type":"price_update","channel":"events:prices","data":{"price":1.10},"timestamp":9,"eventId":"a\"b","offset":"5-0","prev":"4-2","metadata":{"sentAt":7,"priority":"normal"}}"#
        );
    }

    #[test]
    fn several_channels_are_listed_and_an_unknown_predecessor_is_null() {
        let message = message(
            r#"{"type":"alert","timestamp":9,"data":{}}"#,
            &["alerts", "events:prices"],
        );

        assert_eq!(
            text(&message.frame(None, UnixMillis(7))),
            r#"{"type":"alert","channel":"alerts","channels":["alerts","events:prices"],"data":{},"timestamp":9,"eventId":"e","offset":"5-0","prev":null,"metadata":{"sentAt":7,"priority":"high"}}"#
        );
    }

    #[test]
    fn a_replayed_message_says_so_and_has_no_predecessor() {
        let message = message(r#"{"type":"alert","timestamp":9,"data":{}}"#, &["alerts"]);

        assert_eq!(
            text(&message.frame(Again::Replay, UnixMillis(7))),
            r#"{"type":"alert","channel":"alerts","data":{},"timestamp":9,"eventId":"e","offset":"5-0","prev":null,"replay":true,"metadata":{"sentAt":7,"priority":"high"}}"#
        );
    }

    #[test]
    fn no_frame_is_larger_than_the_contract_allows() {
        let channel = format!("events:token:{}", "x".repeat(128));
        let json = format!(
            r#"{{"eventId":"{}","type":"{}","timestamp":18446744073709551615,"data":{{"a":"{}"}}}}"#,
            r"\\".repeat(128),
            "t".repeat(64),
            "d".repeat(120 * 1024 - 2_560 - 8),
        );
        let message = message(&json, &[channel.as_str(); 7]);

        let longest = Offset::new(u64::MAX, u64::MAX);
        let frame = message.frame(Some(longest), UnixMillis(u64::MAX));
        assert!(
            frame.len() + 35 <= crate::event::MAX_FRAME_BYTES,
            "{}",
            frame.len()
        );
    }
}
