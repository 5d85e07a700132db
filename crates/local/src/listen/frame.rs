//! Frames from the service, read leniently: what is not understood is shown as it is.

use llama_ws_core::Offset;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One frame, as far as a listener cares.
#[derive(Debug)]
pub(super) enum Frame<'a> {
    /// An event, live or repeated.
    Event(EventFrame<'a>),
    /// Several frames in one.
    Batch(Vec<&'a RawValue>),
    /// The reply to a subscribe request.
    Subscribed(Subscribed),
    /// The end of a replay.
    Resumed(Resumed),
    /// A request was refused.
    Error(ErrorFrame),
    /// The connection is about to be closed.
    Goodbye(Goodbye),
    /// Anything else, with its type; no type when it is not one of this service's frames.
    Other(Option<String>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventFrame<'a> {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) event_id: String,
    pub(super) offset: Offset,
    pub(super) prev: Option<Offset>,
    pub(super) channel: Option<String>,
    #[serde(default)]
    pub(super) channels: Vec<String>,
    #[serde(borrow)]
    pub(super) data: Option<&'a RawValue>,
    pub(super) timestamp: Option<u64>,
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) replay: bool,
    #[serde(default)]
    pub(super) snapshot: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) sent_at: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Subscribed {
    pub(super) offset: Option<Offset>,
    #[serde(default)]
    pub(super) results: Vec<ChannelResult>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChannelResult {
    pub(super) channel: String,
    pub(super) error: Option<Fault>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Fault {
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Resumed {
    pub(super) status: String,
    #[serde(default)]
    pub(super) count: u64,
    pub(super) offset: Option<Offset>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorFrame {
    #[serde(flatten)]
    pub(super) fault: Fault,
    #[serde(default)]
    pub(super) retryable: bool,
    pub(super) retry_after_ms: Option<u64>,
    /// The request it answers; nobody's when it is not one of ours.
    pub(super) id: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Goodbye {
    #[serde(default)]
    pub(super) reason: String,
    pub(super) reconnect_at: Option<u64>,
}

impl<'a> Frame<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        #[derive(Deserialize)]
        struct Kind {
            #[serde(rename = "type")]
            kind: String,
        }
        #[derive(Deserialize)]
        struct Batch<'a> {
            #[serde(borrow)]
            messages: Vec<&'a RawValue>,
        }

        let Ok(Kind { kind }) = serde_json::from_str(text) else {
            return Self::Other(None);
        };
        let frame = match kind.as_str() {
            "batch" => body(text).map(|Batch { messages }| Self::Batch(messages)),
            "subscription_result" => body(text).map(Self::Subscribed),
            "resume_result" => body(text).map(Self::Resumed),
            "error" => body(text).map(Self::Error),
            "goodbye" => body(text).map(Self::Goodbye),
            _ => body(text).map(Self::Event),
        };
        frame.unwrap_or(Self::Other(Some(kind)))
    }
}

fn body<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_frames_with_an_id_and_an_offset() {
        let text = r#"{"type":"price_update","channel":"events:prices","data":{"a":1.0},"timestamp":7,"eventId":"e","offset":"9-1","prev":null,"metadata":{"sentAt":8,"priority":"normal"}}"#;
        let Frame::Event(event) = Frame::read(text) else {
            panic!("not an event")
        };

        assert_eq!(
            (event.kind.as_str(), event.offset, event.prev),
            ("price_update", Offset::new(9, 1), None)
        );
        assert_eq!(
            (event.timestamp, event.metadata.sent_at),
            (Some(7), Some(8))
        );
        assert_eq!(event.data.map(RawValue::get), Some(r#"{"a":1.0}"#));
        assert!(!event.replay && !event.snapshot);
    }

    #[test]
    fn what_is_not_understood_keeps_its_type() {
        let kind = |text| match Frame::read(text) {
            Frame::Other(kind) => kind,
            other => panic!("{other:?}"),
        };

        assert_eq!(
            kind(r#"{"type":"pong","timestamp":1}"#).as_deref(),
            Some("pong")
        );
        assert_eq!(
            kind(r#"{"type":"goodbye","reconnectAt":"soon"}"#).as_deref(),
            Some("goodbye")
        );
        assert_eq!(kind(r#"{"type":7}"#), None);
        assert_eq!(kind("nonsense"), None);
        assert_eq!(kind("[]"), None);
    }
}
