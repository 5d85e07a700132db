//! `POST /events`: events of any number in, one verdict per event out.

use std::ops::AddAssign;

use bytes::Bytes;
use serde::Deserialize;

use super::http::{HttpClient, HttpError, Reply};
use super::url::{HttpUrl, InvalidUrl};

/// Most events of one request.
const MAX_EVENTS: usize = 500;
/// Most bytes of one request, unless a single event is larger.
const MAX_BODY_BYTES: usize = 1_000_000;

/// What became of the events, in the order they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// How many are new.
    #[serde(default)]
    pub accepted: u64,
    /// How many were known by their id.
    #[serde(default)]
    pub duplicates: u64,
    /// Which are no events.
    #[serde(default)]
    pub rejected: Vec<Rejection>,
}

/// An event that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rejection {
    /// Its place among those given, from 0.
    pub index: usize,
    /// The error code of the contract.
    pub code: String,
    /// Why.
    #[serde(default)]
    pub message: String,
}

/// Why there is no verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// There is no reply at all.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server refused the whole request.
    #[error("{url} answered {status}{text}")]
    Refused {
        /// Where the events were sent.
        url: String,
        /// The HTTP status.
        status: u16,
        /// A colon and the server's message, or nothing.
        text: String,
    },
    /// The reply is not one of this service's.
    #[error("{0} answered something else than the count of events (is it a llama-ws?)")]
    NotAnAnswer(String),
}

/// Sends events to one server.
#[derive(Debug, Clone)]
pub struct EventsClient {
    http: HttpClient,
    url: HttpUrl,
}

impl EventsClient {
    /// A client for the service at `base`.
    ///
    /// # Errors
    /// [`InvalidUrl`] when `base` cannot carry the path.
    pub fn new(base: &HttpUrl) -> Result<Self, InvalidUrl> {
        Ok(Self {
            http: HttpClient::new(),
            url: base.join("/events")?,
        })
    }

    /// Where the events go.
    #[must_use]
    pub fn url(&self) -> &HttpUrl {
        &self.url
    }

    /// Sends `events`, each one JSON text, in as few requests as the limits allow.
    /// The texts go out as they are.
    ///
    /// # Errors
    /// [`PublishError`] when a request has no verdict; earlier requests may have been taken.
    pub async fn publish<T: AsRef<str>>(&self, events: &[T]) -> Result<Answer, PublishError> {
        let mut total = Answer::default();
        let mut rest = events;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(batch_len(rest));
            let base = events.len() - rest.len();
            total += self.post(now).await?.shifted(base);
            rest = later;
        }
        Ok(total)
    }

    async fn post<T: AsRef<str>>(&self, events: &[T]) -> Result<Answer, PublishError> {
        let texts: Vec<&str> = events.iter().map(AsRef::as_ref).collect();
        let body = format!("[{}]", texts.join(","));
        let reply = self.http.post(&self.url, Bytes::from(body)).await?;
        if !reply.status.is_success() {
            return Err(self.refused(&reply));
        }
        serde_json::from_slice(&reply.body)
            .map_err(|_| PublishError::NotAnAnswer(self.url.to_string()))
    }

    fn refused(&self, reply: &Reply) -> PublishError {
        #[derive(Deserialize)]
        struct Body {
            message: String,
        }
        let text = serde_json::from_slice::<Body>(&reply.body)
            .map_or_else(|_| String::new(), |body| format!(": {}", body.message));
        PublishError::Refused {
            url: self.url.to_string(),
            status: reply.status.as_u16(),
            text,
        }
    }
}

/// How many of `events`, at least one, fit into one request.
fn batch_len<T: AsRef<str>>(events: &[T]) -> usize {
    let mut bytes = 0;
    let fitting = events.iter().take(MAX_EVENTS).take_while(|event| {
        bytes += event.as_ref().len() + 1;
        bytes <= MAX_BODY_BYTES
    });
    fitting.count().clamp(1, events.len().max(1))
}

impl Answer {
    fn shifted(mut self, base: usize) -> Self {
        for rejection in &mut self.rejected {
            rejection.index += base;
        }
        self
    }
}

impl AddAssign for Answer {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.rejected.extend(other.rejected);
    }
}

#[cfg(test)]
mod tests;
