//! Announcements: every `events:*` channel, on a connection of its own.

use std::time::Duration;

use fred::interfaces::{ClientLike, EventInterface, PubsubInterface};
use fred::types::Message;
use fred::types::config::Server;
use futures_util::FutureExt;
use llama_ws_core::ports::{Announcements, Heard, Listener, Unavailable};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::RedisCell;
use crate::connection::{Connection, Purpose};
use crate::fault::{of_client, unavailable};

const PATTERN: &str = "events:*";

/// How often a listener asks whether the server is still there: a dead peer sends nothing, and
/// that is what a quiet channel looks like.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Pause before a subscription that failed is tried again.
const RETRY: Duration = Duration::from_millis(250);

impl Announcements for RedisCell {
    type Listener = RedisListener;

    async fn listen(&self) -> Result<RedisListener, Unavailable> {
        let connection =
            Connection::open(self.client.clone(), Purpose::Announcements, self.deadline)
                .map_err(|error| unavailable(error.to_string()))?;
        let messages = connection.client.message_rx();
        let subscribe = connection.client.psubscribe(PATTERN);
        self.within(subscribe).await?;
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(RedisListener {
            reconnects: connection.client.reconnect_rx(),
            connection,
            messages,
            heartbeat,
            state: State::Subscribed,
        })
    }
}

/// Hears what is published from its creation on.
#[derive(Debug)]
pub struct RedisListener {
    connection: Connection,
    messages: Receiver<Message>,
    reconnects: Receiver<Server>,
    heartbeat: Interval,
    state: State,
}

/// Between the awaits of [`Listener::next`], which may be dropped at any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Subscribed,
    /// The connection is back and must subscribe again.
    Reconnected,
    /// The connection is suspect and must be renewed.
    Suspect,
}

impl Listener for RedisListener {
    async fn next(&mut self) -> Heard {
        loop {
            match self.state {
                State::Subscribed => {
                    if let Some(heard) = self.hear().await {
                        return heard;
                    }
                }
                State::Reconnected => {
                    if self.subscribe_again().await {
                        return Heard::Interrupted;
                    }
                }
                State::Suspect => {
                    if self.connection.client.force_reconnection().await.is_err() {
                        tokio::time::sleep(RETRY).await;
                    }
                    self.state = State::Reconnected;
                }
            }
        }
    }
}

impl RedisListener {
    /// One message, interruption or heartbeat.
    async fn hear(&mut self) -> Option<Heard> {
        let client = self.connection.client.clone();
        tokio::select! {
            biased;
            reconnected = self.reconnects.recv() => {
                if reconnected.is_ok() {
                    self.state = State::Reconnected;
                }
                None
            }
            message = self.messages.recv() => match message {
                Ok(message) => of_message(message),
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "announcements came faster than they were heard");
                    Some(Heard::Interrupted)
                }
                Err(RecvError::Closed) => {
                    self.state = State::Suspect;
                    None
                }
            },
            _ = self.heartbeat.tick() => {
                let alive: Result<(), _> = client.ping(None).await;
                if let Err(error) = alive {
                    tracing::warn!(error = %of_client(error), "the listener's connection is renewed");
                    self.state = State::Suspect;
                }
                None
            }
        }
    }

    /// Several reconnections are one interruption.
    async fn subscribe_again(&mut self) -> bool {
        while self.reconnects.recv().now_or_never().is_some() {}
        match self.connection.client.psubscribe(PATTERN).await {
            Ok(()) => {
                self.state = State::Subscribed;
                true
            }
            Err(error) => {
                tracing::warn!(error = %of_client(error), "subscribing again failed");
                tokio::time::sleep(RETRY).await;
                false
            }
        }
    }
}

/// A message that is no text is none of ours.
fn of_message(message: Message) -> Option<Heard> {
    Some(Heard::Message {
        channel: message.channel.to_string(),
        payload: message.value.into_string()?,
    })
}
