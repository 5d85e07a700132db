//! Packing: the messages of one frame, written around their events' shared bytes.

use bytes::{BufMut, Bytes, BytesMut};

use super::Message;
use super::frame::Standing;
use crate::time::UnixMillis;

/// Most bytes of a frame with several messages: a frame is billed per started 32 KB.
pub(crate) const MAX_PACKED_BYTES: usize = 32_000;

const HEAD: &[u8] = br#"{"type":"batch","messages":["#;
const TAIL: &[u8] = b"]}";

/// A frame in the making.
#[derive(Debug)]
pub(super) struct Pack {
    /// The head stands before the first message and is left off if that stays alone.
    bytes: BytesMut,
    messages: usize,
    sent_at: UnixMillis,
}

impl Pack {
    /// Begins a frame for about `waiting` bytes.
    pub(super) fn new(sent_at: UnixMillis, waiting: usize) -> Self {
        let mut bytes = BytesMut::with_capacity(waiting.min(MAX_PACKED_BYTES) + 256);
        bytes.put_slice(HEAD);
        Self {
            bytes,
            messages: 0,
            sent_at,
        }
    }

    /// Adds a message, if there is room; there always is for the first.
    pub(super) fn add(&mut self, message: &Message, standing: impl Into<Standing>) -> bool {
        let before = self.bytes.len();
        if self.messages > 0 {
            if before + 1 + message.least_bytes() + TAIL.len() > MAX_PACKED_BYTES {
                return false;
            }
            self.bytes.put_u8(b',');
        }
        message.write(&mut self.bytes, standing.into(), self.sent_at);
        if self.messages > 0 && self.bytes.len() + TAIL.len() > MAX_PACKED_BYTES {
            self.bytes.truncate(before);
            return false;
        }
        self.messages += 1;
        true
    }

    /// The frame: a batch, or one message as it is.
    pub(super) fn finish(mut self) -> Bytes {
        if self.messages < 2 {
            return self.bytes.split_off(HEAD.len()).freeze();
        }
        self.bytes.put_slice(TAIL);
        self.bytes.freeze()
    }
}
