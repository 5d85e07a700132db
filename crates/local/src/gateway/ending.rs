//! How a connection ended: the close frame it is owed, and what `$disconnect` is told.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// What AWS reports when the client's close frame has no status.
const NO_STATUS: (u16, &str) = (1005, "Client-side close frame status not set");
/// The TCP connection ended without a close frame. The text is this emulator's.
const ABNORMAL: (u16, &str) = (1006, "Connection closed abnormally");

/// Who ended a connection, with the status both sides see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    code: u16,
    reason: String,
    by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Gateway,
    Client,
    Nobody,
}

impl Ending {
    /// Idle, at the end of its life, or because the gateway stops.
    /// The AWS pages do not state the code; 1001 is what clients report.
    pub(super) fn going_away() -> Self {
        Self::by_gateway(CloseCode::Away, "Going away")
    }

    /// `DeleteConnection`: 1000, as AWS's own logs show.
    pub(super) fn deleted() -> Self {
        Self::by_gateway(CloseCode::Normal, "Connection Closed Normally")
    }

    /// A binary frame: 1003.
    pub(super) fn binary() -> Self {
        Self::by_gateway(CloseCode::Unsupported, "Binary messages are not supported")
    }

    /// The client's own close frame.
    pub(super) fn by_client(frame: Option<CloseFrame>) -> Self {
        let (code, reason) = match &frame {
            Some(frame) => (frame.code.into(), frame.reason.as_str()),
            None => NO_STATUS,
        };
        Self {
            code,
            reason: reason.to_owned(),
            by: By::Client,
        }
    }

    /// The TCP connection is gone.
    pub(super) fn vanished() -> Self {
        let (code, reason) = ABNORMAL;
        Self {
            code,
            reason: reason.to_owned(),
            by: By::Nobody,
        }
    }

    /// What a failed read or write of the socket means.
    pub(super) fn of_error(error: &Error) -> Self {
        match error {
            Error::Capacity(_) => Self::by_gateway(CloseCode::Size, "Message or frame too large"),
            Error::Utf8(_) => Self::by_gateway(CloseCode::Invalid, "Text is not UTF-8"),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::vanished(),
            Error::Protocol(_) => Self::by_gateway(CloseCode::Protocol, "Protocol error"),
            _ => Self::vanished(),
        }
    }

    fn by_gateway(code: CloseCode, reason: &str) -> Self {
        Self {
            code: code.into(),
            reason: reason.to_owned(),
            by: By::Gateway,
        }
    }

    /// `disconnectStatusCode`
    pub(super) fn code(&self) -> u16 {
        self.code
    }

    /// `disconnectReason`
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// The close frame that the client is still owed.
    pub(super) fn close_frame(&self) -> Option<CloseFrame> {
        (self.by == By::Gateway).then(|| CloseFrame {
            code: self.code.into(),
            reason: self.reason.as_str().into(),
        })
    }
}
