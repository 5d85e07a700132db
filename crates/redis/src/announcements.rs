//! Announcements: every `events:*` channel, on a connection of its own.

use std::time::Duration;

use fred::interfaces::{ClientLike, EventInterface, PubsubInterface};
use fred::types::config::Server;
use fred::types::{ClusterHash, CustomCommand, Message, Value};
use fred::util::redis_keyslot;
use futures_util::FutureExt;
use llama_ws_core::ports::{Announcements, Heard, Listener, Unavailable};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use crate::RedisCell;
use crate::config::ClientConfig;
use crate::connection::{Connection, Purpose};
use crate::fault::unavailable;

const PATTERN: &str = "events:*";

/// How often a listener asks whether the server is still there: a dead peer sends nothing, and
/// that is what a quiet channel looks like.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Pause before a subscription that failed is tried again.
const RETRY: Duration = Duration::from_millis(250);

impl Announcements for RedisCell {
    type Listener = RedisListener;

    async fn listen(&self) -> Result<RedisListener, Unavailable> {
        let subscription = Subscription::open(&self.client, self.deadline).await?;
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(RedisListener {
            client: self.client.clone(),
            deadline: self.deadline,
            subscription,
            heartbeat,
            state: State::Subscribed,
        })
    }
}

/// Hears what is published from its creation on.
#[derive(Debug)]
pub struct RedisListener {
    client: ClientConfig,
    deadline: Duration,
    subscription: Subscription,
    heartbeat: Interval,
    state: State,
}

/// Kept across the awaits of [`Listener::next`], which may be dropped at any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Subscribed,
    /// The connection is back and must subscribe again.
    Reconnected,
    /// The connection does not answer and must be replaced.
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
                    // Several reconnections are one interruption.
                    while self.subscription.reconnects.recv().now_or_never().is_some() {}
                    if self.confirm().await {
                        return Heard::Interrupted;
                    }
                }
                State::Suspect => match Subscription::open(&self.client, self.deadline).await {
                    Ok(subscription) => {
                        self.subscription = subscription;
                        self.state = State::Subscribed;
                        return Heard::Interrupted;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "subscribing again failed");
                        sleep(RETRY).await;
                    }
                },
            }
        }
    }
}

impl RedisListener {
    /// One message, interruption or heartbeat.
    async fn hear(&mut self) -> Option<Heard> {
        tokio::select! {
            biased;
            reconnected = self.subscription.reconnects.recv() => {
                if reconnected.is_ok() {
                    self.state = State::Reconnected;
                }
                None
            }
            message = self.subscription.messages.recv() => match message {
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
                self.confirm().await;
                None
            }
        }
    }

    /// Subscribes once more, which changes nothing where the subscription still stands.
    async fn confirm(&mut self) -> bool {
        let confirmed = self.subscription.confirm(self.deadline).await;
        self.state = match &confirmed {
            Ok(()) => State::Subscribed,
            Err(error) => {
                tracing::warn!(%error, "the listener's connection is replaced");
                State::Suspect
            }
        };
        confirmed.is_ok()
    }
}

/// A connection that has subscribed, and what it tells.
#[derive(Debug)]
struct Subscription {
    connection: Connection,
    messages: Receiver<Message>,
    reconnects: Receiver<Server>,
}

impl Subscription {
    async fn open(client: &ClientConfig, deadline: Duration) -> Result<Self, Unavailable> {
        let connection = Connection::open(client, Purpose::Announcements, deadline)
            .map_err(|error| unavailable(error.to_string()))?;
        let mut subscription = Self {
            messages: connection.client.message_rx(),
            reconnects: connection.client.reconnect_rx(),
            connection,
        };
        subscription.confirm(deadline).await?;
        // The first connection tells of itself as any other does.
        subscription.reconnects = subscription.connection.client.reconnect_rx();
        Ok(subscription)
    }

    /// fred takes a subscription for done once it is sent; what is sent after it on the same
    /// connection is answered after it.
    async fn confirm(&self, deadline: Duration) -> Result<(), Unavailable> {
        let client = &self.connection.client;
        // Where fred sends subscriptions in a cluster.
        let node = ClusterHash::Custom(redis_keyslot(client.id().as_bytes()));
        let ping = CustomCommand::new_static("PING", node, false);
        let both = async {
            client.psubscribe(PATTERN).await?;
            client.custom::<Value, String>(ping, Vec::new()).await
        };
        self.connection.within(deadline, both).await.map(drop)
    }
}

/// A message that is no text is none of ours.
fn of_message(message: Message) -> Option<Heard> {
    Some(Heard::Message {
        channel: message.channel.to_string(),
        payload: message.value.into_string()?,
    })
}
