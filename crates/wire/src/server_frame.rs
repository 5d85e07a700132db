//! Any frame of the server, as a client reads it.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::value::RawValue;

use crate::frame::{AuthExpiring, Goodbye, ResumeResult, is_frame_type};
use crate::{ErrorBody, Message, Reply, RequestId};

/// A frame of the server. A type this contract does not know is an event if it has `data`.
#[derive(Debug, Clone)]
pub enum ServerFrame {
    /// One event.
    Message(Message),
    /// Several events in order; each is to be treated as if it had come alone.
    Batch(Vec<Message>),
    /// The session ends soon.
    AuthExpiring(AuthExpiring),
    /// The server is about to close.
    Goodbye(Goodbye),
    /// A replay is over.
    ResumeResult(ResumeResult),
    /// An answer, or an error that no request caused.
    Reply(ReplyFrame),
    /// A type from the future: ignore it.
    Unknown(Box<RawValue>),
}

/// A reply with what every reply has.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplyFrame {
    /// The answer.
    pub reply: Reply,
    /// The request's id, if it had one.
    pub id: Option<RequestId>,
    /// When it was answered, in milliseconds, for the replies that say so.
    pub timestamp: Option<u64>,
}

impl ServerFrame {
    /// Reads one frame.
    ///
    /// # Errors
    ///
    /// The text is not JSON, or a frame of a known type lacks what the contract gives it.
    pub fn decode(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The reply, if it is one.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Reply(frame) => Some(&frame.reply),
            _ => None,
        }
    }

    /// The error, if it is one.
    #[must_use]
    pub fn error(&self) -> Option<&ErrorBody> {
        match self.reply() {
            Some(Reply::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// The events in it: none, one or several.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        match self {
            Self::Message(message) => std::slice::from_ref(message),
            Self::Batch(messages) => messages,
            _ => &[],
        }
    }

    fn from_text(raw: Box<RawValue>) -> Result<Self, serde_json::Error> {
        #[derive(serde::Deserialize)]
        struct Head {
            #[serde(rename = "type", default)]
            frame_type: String,
            #[serde(default)]
            data: Option<Box<RawValue>>,
        }
        #[derive(serde::Deserialize)]
        struct Envelope {
            id: Option<RequestId>,
            timestamp: Option<u64>,
        }
        #[derive(serde::Deserialize)]
        struct Batch {
            messages: Vec<Message>,
        }

        let text = raw.get();
        if !text.starts_with('{') {
            return Err(serde_json::Error::custom("a frame must be a JSON object"));
        }
        let head: Head = serde_json::from_str(text)?;
        Ok(match head.frame_type.as_str() {
            "batch" => Self::Batch(serde_json::from_str::<Batch>(text)?.messages),
            "auth_expiring" => Self::AuthExpiring(serde_json::from_str(text)?),
            "goodbye" => Self::Goodbye(serde_json::from_str(text)?),
            "resume_result" => Self::ResumeResult(serde_json::from_str(text)?),
            known if is_frame_type(known) => {
                let Envelope { id, timestamp } = serde_json::from_str(text)?;
                Self::Reply(ReplyFrame {
                    reply: serde_json::from_str(text)?,
                    id,
                    timestamp,
                })
            }
            _ if head.data.is_some() => Self::Message(serde_json::from_str(text)?),
            _ => Self::Unknown(raw),
        })
    }
}

/// Only from JSON text: `data` is kept as it was written.
impl<'de> Deserialize<'de> for ServerFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_text(raw).map_err(D::Error::custom)
    }
}
