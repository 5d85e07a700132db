//! [`Push`] with posts that are signed here and sent on connections of our own: the hot path, where a
//! spike measured the SDK's client at 4 to 6 times the CPU. The SDK stays the reference for what is
//! sent ([`ManagementPush`]), and does everything but posting.

mod canonical;
mod connection;
mod credentials;
mod date;
mod host;
mod key;
mod pool;
mod request;
mod stream;

use std::time::Duration;

use aws_config::SdkConfig;
use bytes::Bytes;
use http::StatusCode;
use llama_ws_core::ConnectionId;
use llama_ws_core::ports::{Clock, PostOutcome, Presence, Push};

use crate::endpoint::{InvalidEndpoint, management_url};
use crate::fault;
use crate::management::ManagementPush;
use connection::Answer;
use credentials::{CachedCredentials, NoCredentials};
use host::Host;
use key::Audience;
use pool::{Pool, Unanswered};
use request::Template;

/// Longest wait for one post, from its turn on a connection to the last byte of the answer.
const POST_TIMEOUT: Duration = Duration::from_secs(3);

/// The name that calls of `@connections` are signed for.
const SERVICE: &str = "execute-api";

/// Why posts cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushConfigFault {
    /// No such URL.
    #[error(transparent)]
    Endpoint(#[from] InvalidEndpoint),
    /// Nothing says which Region's calls are signed.
    #[error("AWS_REGION is missing")]
    Region,
}

/// Posts to connections. One per process: it holds the pool of kept-alive sockets.
#[derive(Debug)]
pub struct SignedPush<C> {
    management: ManagementPush,
    template: Template,
    credentials: CachedCredentials,
    pool: Pool,
    clock: C,
}

/// Why a post failed.
#[derive(Debug, thiserror::Error)]
enum PostFault {
    #[error("the id is none")]
    Id,
    #[error(transparent)]
    Credentials(#[from] NoCredentials),
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error("timed out")]
    TimedOut,
}

impl<C: Clock> SignedPush<C> {
    /// Calls the API at `endpoint`: `https://` or `wss://`, with the stage if the URL has one, on
    /// at most `connections` connections at once.
    ///
    /// # Errors
    /// [`PushConfigFault`] when `endpoint` is no such URL or `config` has no Region.
    pub fn new(
        config: &SdkConfig,
        endpoint: &str,
        connections: usize,
        clock: C,
    ) -> Result<Self, PushConfigFault> {
        let invalid = || InvalidEndpoint::new(endpoint);
        let url: http::Uri = management_url(endpoint)?.parse().map_err(|_| invalid())?;
        let region = config.region().ok_or(PushConfigFault::Region)?;
        let audience = Audience {
            region: region.to_string(),
            service: SERVICE,
        };
        Ok(Self {
            management: ManagementPush::new(config, endpoint)?,
            template: Template::of(&url).ok_or_else(invalid)?,
            credentials: CachedCredentials::new(config, audience),
            pool: Pool::new(Host::of(&url).ok_or_else(invalid)?, connections),
            clock,
        })
    }

    async fn send(&self, id: &ConnectionId, frame: &Bytes) -> Result<Answer, PostFault> {
        if matches!(id.as_str(), "" | "." | "..") {
            return Err(PostFault::Id);
        }
        let path = self.template.path(id).map_err(|_| PostFault::Id)?;
        let key = self.credentials.key(self.clock.now()).await?;
        let post = async |key| {
            let request = || self.template.post(&path, frame, key, self.clock.now());
            self.pool.send(self.clock.now(), request).await
        };
        let answer = post(&key).await?;
        if !says_expired(&answer) {
            return Ok(answer);
        }
        match self.credentials.replace(&key, self.clock.now()).await {
            Some(key) => Ok(post(&key).await?),
            None => Ok(answer),
        }
    }
}

impl<C: Clock> Push for SignedPush<C> {
    async fn post(&self, id: &ConnectionId, frame: Bytes) -> PostOutcome {
        let sent = tokio::time::timeout(POST_TIMEOUT, self.send(id, &frame)).await;
        match sent.unwrap_or(Err(PostFault::TimedOut)) {
            Ok(answer) => outcome(id, answer.status),
            Err(error) => {
                warn(id, None, &fault::chain(&error));
                PostOutcome::Failed
            }
        }
    }

    async fn close(&self, id: &ConnectionId) -> PostOutcome {
        self.management.close(id).await
    }

    async fn find(&self, id: &ConnectionId) -> Presence {
        self.management.find(id).await
    }
}

/// What a status means. A malformed id is a 400, and 403 says that the role lacks
/// `execute-api:ManageConnections`: neither says that the connection is gone.
fn outcome(id: &ConnectionId, status: StatusCode) -> PostOutcome {
    match status.as_u16() {
        200..=299 => PostOutcome::Delivered,
        410 => PostOutcome::Gone,
        413 => PostOutcome::TooLarge,
        429 => PostOutcome::Throttled,
        status => {
            warn(id, Some(status), "an error answer");
            PostOutcome::Failed
        }
    }
}

/// Whether AWS refuses the credentials because they have ended. The type is in a header, and the
/// message says the same.
fn says_expired(answer: &Answer) -> bool {
    let typed = |kind: &String| kind.starts_with("ExpiredToken");
    answer.status == StatusCode::FORBIDDEN
        && (answer.error_type.as_ref().is_some_and(typed)
            || answer
                .body
                .windows(22)
                .any(|text| text == b"token included in the "))
}

fn warn(id: &ConnectionId, status: Option<u16>, reason: &str) {
    let operation = "PostToConnection";
    tracing::warn!(operation, connection_id = %id, status, reason, "API Gateway did not answer as hoped");
}
