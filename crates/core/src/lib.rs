//! Domain, use cases and ports of the real-time service.
//! No AWS, no Redis, no environment, no clock of its own.

mod admit;
mod api_key;
mod authenticate;
mod bridge;
mod catch_up;
mod change;
mod channel;
mod connect;
mod connection;
mod credential;
mod delivery;
mod disconnect;
mod event;
mod facets;
mod filter;
mod filters;
mod health;
mod identifier;
mod ingest;
mod key_administration;
#[cfg(feature = "measure")]
pub mod measure;
mod members;
mod offset;
mod permissions;
mod policy;
pub mod ports;
mod reap;
mod rebuild;
mod refusal;
mod resume;
mod routing;
mod service;
mod stats;
mod subscribe;
mod subscription;
mod subscriptions;
mod time;
mod unsubscribe;
mod worker;

pub use admit::Caller;
pub use api_key::{KEY_PREFIX, SecretKey};
pub use authenticate::AuthenticateRefusal;
pub use catch_up::CatchUp;
pub use channel::{Channel, EVENTS_PREFIX, InvalidChannel, SpelledChannel};
pub use connect::ConnectRequest;
pub use connection::{ConnectionDocument, KeyLimits, MAX_LIFE, Principal};
pub use credential::Credential;
pub use event::{
    Arrival, Event, EventFault, LatestKey, MAX_FRAME_BYTES, Priority, RESERVED_TYPES, RepeatKey,
    Repeats, Target,
};
pub use facets::Facets;
pub use filter::{Filters, Matcher};
pub use identifier::{
    ConnectionId, EventId, KeyId, MAX_ID_CHARS, MAX_USER_ID_BYTES, UserId, canonical_chain,
    canonical_id,
};
pub use ingest::{Incoming, IngestReport};
pub use key_administration::{
    IssuedKey, KeyFault, NewKey, Rotation, create_key, find_key, revoke_key, rotate_key,
};
pub use offset::{InvalidOffset, Offset};
pub use permissions::Permissions;
pub use policy::{
    AUTHENTICATION_DEADLINE, AuthMode, FrameBudget, LIMIT_WINDOW, MAX_CHANNELS,
    MAX_SUBSCRIPTION_BYTES, MAX_WAITING_REQUESTS, PRINCIPAL_WAIT, Policy,
};
pub use reap::Reaped;
pub use refusal::{ChannelFault, Refusal};
pub use routing::{Applied, Matches, Recipients, RoutedEvent, RoutingIndex, Spellings};
pub use service::{Entropy, Service};
pub use stats::{Counts, MAX_LISTED_CHANNELS};
pub use subscribe::{DeliveryRequest, SubscribeRequest, Subscribed};
pub use subscription::{
    ChannelOptions, ChannelSubscription, ChannelView, DeliveryOptions, Subscription,
    SubscriptionView,
};
pub use time::UnixMillis;
pub use worker::WorkEnd;
