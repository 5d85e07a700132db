//! Vectors of frames the server sends unasked.

use llama_ws_wire::{FRAME_TYPES, Message, Priority, ServerFrame};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::vectors::{check_all, same};

#[derive(Deserialize)]
struct Row {
    name: String,
    text: String,
    expect: Value,
}

#[test]
fn frames_are_read_as_the_vectors_say() {
    check_all(
        "frames.json",
        |row: &Row| &row.name,
        |row| {
            let frame = ServerFrame::decode(&row.text).map_err(|error| error.to_string())?;
            same(&canonical(&frame), &row.expect)?;
            // What we write ourselves is written exactly so.
            encoded(&frame).map_or(Ok(()), |encoded| same(&encoded, &row.text))
        },
    );
}

fn canonical(frame: &ServerFrame) -> Value {
    match frame {
        ServerFrame::Message(one) => {
            let mut fields = message(one);
            fields["kind"] = "message".into();
            fields
        }
        ServerFrame::Batch(messages) => {
            let messages: Vec<_> = messages.iter().map(message).collect();
            json!({ "kind": "batch", "messages": messages })
        }
        ServerFrame::AuthExpiring(frame) => {
            json!({ "kind": "auth_expiring", "expiresAt": frame.expires_at })
        }
        ServerFrame::Goodbye(frame) => json!({
            "kind": "goodbye", "reason": frame.reason, "reconnectAt": frame.reconnect_at,
        }),
        ServerFrame::ResumeResult(frame) => json!({
            "kind": "resume_result",
            "status": frame.status, "count": frame.count, "offset": frame.offset,
        }),
        ServerFrame::Reply(frame) => json!({ "kind": frame.reply.frame_type() }),
        ServerFrame::Unknown(_) => json!({ "kind": "unknown" }),
    }
}

fn message(message: &Message) -> Value {
    let mut fields = json!({
        "type": message.event_type,
        "data": message.data.get(),
        "timestamp": message.timestamp,
        "eventId": message.event_id,
        "offset": message.offset,
    });
    if let Some(channel) = &message.channel {
        fields["channel"] = channel.as_str().into();
    }
    if let Some(channels) = &message.channels {
        fields["channels"] = channels.as_slice().into();
    }
    if let Some(prev) = &message.prev {
        fields["prev"] = prev.as_str().into();
    }
    for (key, flag) in [("replay", message.replay), ("snapshot", message.snapshot)] {
        if flag {
            fields[key] = true.into();
        }
    }
    if let Some(metadata) = &message.metadata {
        fields["sentAt"] = metadata.sent_at.into();
        fields["priority"] = match metadata.priority {
            Priority::High => "high".into(),
            Priority::Normal => "normal".into(),
        };
    }
    fields
}

fn encoded(frame: &ServerFrame) -> Option<String> {
    match frame {
        ServerFrame::AuthExpiring(frame) => Some(frame.encode()),
        ServerFrame::Goodbye(frame) => Some(frame.encode()),
        ServerFrame::ResumeResult(frame) => Some(frame.encode()),
        _ => None,
    }
}

#[test]
fn events_of_a_frame_come_in_order_whatever_the_frame() {
    let one = r#"{"type":"a","data":{},"timestamp":1,"eventId":"e1","offset":"1-0"}"#;
    let two = one.replace("e1", "e2");
    let batch = format!(r#"{{"type":"batch","messages":[{one},{two}]}}"#);
    for (text, expected) in [
        (one, vec!["e1"]),
        (&batch, vec!["e1", "e2"]),
        (
            r#"{"type":"pong","connectionId":"c","timestamp":1}"#,
            vec![],
        ),
    ] {
        let frame = ServerFrame::decode(text).unwrap();

        let ids: Vec<_> = frame
            .messages()
            .iter()
            .map(|message| message.event_id.as_str())
            .collect();

        assert_eq!(ids, expected);
    }
}

#[test]
fn a_known_frame_without_its_fields_is_an_error() {
    for frame_type in FRAME_TYPES {
        let text = json!({ "type": frame_type }).to_string();

        assert!(ServerFrame::decode(&text).is_err(), "{text}");
    }
}

#[test]
fn an_event_without_identity_or_place_is_an_error() {
    for text in [
        r#"{"type":"a","data":{},"timestamp":1,"offset":"1-0"}"#,
        r#"{"type":"a","data":{},"timestamp":1,"eventId":"e"}"#,
        "not JSON",
        "[]",
    ] {
        assert!(ServerFrame::decode(text).is_err(), "{text}");
    }
}
