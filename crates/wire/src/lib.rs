//! The client contract: frames in, frames out, error codes.
//!
//! Requests are decoded strictly from text, replies and frames are encoded, and the same types read them back.
//! What a channel is, who may do what and which limits apply is decided elsewhere; here is only shape.
//!
//! ```
//! use llama_ws_wire::{Reply, Verb, decode};
//!
//! let request = decode(r#"{"type":"ping","id":7}"#)?;
//! assert_eq!(request.verb, Verb::Ping);
//!
//! let reply = Reply::Pong { connection_id: "c".into() };
//! assert_eq!(
//!     reply.encode(request.id.as_ref(), 1_764_000_000_000),
//!     r#"{"type":"pong","connectionId":"c","id":7,"timestamp":1764000000000}"#,
//! );
//! # Ok::<(), llama_ws_wire::Refusal>(())
//! ```

mod code;
mod credential;
mod decode;
mod echo;
mod error;
mod filters;
mod frame;
mod http;
mod json;
mod message;
mod options;
mod reply;
mod request;
mod server_frame;
mod subscription;

pub use code::{ErrorCode, UnknownCode};
pub use credential::Credential;
pub use decode::{
    MAX_BROADCAST_BYTES, MAX_CHANNEL_COUNT, MAX_CONNECTION_ID_CHARS, MAX_CREDENTIAL_BYTES,
    MAX_ID_CHARS, MAX_REQUEST_BYTES, decode, decode_http_broadcast, decode_http_filters,
    decode_http_subscribe, decode_http_unsubscribe,
};
pub use echo::{MAX_ECHO_CHARS, echo};
pub use error::{ErrorBody, Refusal};
pub use filters::{Filters, MAX_FILTER_VALUE_BYTES, MAX_FILTER_VALUES};
pub use frame::{
    AuthExpiring, FRAME_TYPES, Goodbye, GoodbyeReason, ResumeResult, ResumeStatus, is_frame_type,
};
pub use http::{
    BroadcastAccepted, ConnectionSubscription, DeliveryStats, DependencyState, Health,
    PublishReply, Rejected, Stats, SubscriptionsPage,
};
pub use message::{Message, MessageMetadata, Priority};
pub use options::{MAX_RATE, MIN_RATE, Options};
pub use reply::{ChannelFault, ChannelResult, MAX_REPLY_BYTES, Reply};
pub use request::{
    Broadcast, BroadcastTarget, Dialect, Request, RequestId, Resume, Subscribe, Unsubscribe,
    UpdateFilters, Verb,
};
pub use server_frame::{ReplyFrame, ServerFrame};
pub use subscription::{ChannelSettings, SubscriptionStats, SubscriptionView};
