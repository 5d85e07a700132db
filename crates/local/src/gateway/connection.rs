//! One live WebSocket, from the upgrade to its end.

use std::pin::pin;
use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use llama_ws_core::ports::Clock;
use tokio::select;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::api::Api;
use super::closing;
use super::disconnect;
use super::ending::Ending;
use super::invoke::Invoke;
use super::message::{self, Arrived};
use super::outbox::Waiting;
use super::registry::Link;
use super::socket::{self, Socket, Step};

/// Messages of one connection whose functions may run at the same time. At the limit the
/// connection is not read until one has answered.
const IN_FLIGHT: usize = 1_000;

/// Serves an accepted connection and invokes `$disconnect` once it has ended.
pub(super) async fn run<C: Clock, I: Invoke>(
    api: Arc<Api<C, I>>,
    link: Arc<Link>,
    mut waiting: Waiting,
    on_upgrade: OnUpgrade,
) {
    let socket = socket::upgraded(on_upgrade, api.registry.limits()).await;
    let ending = match socket {
        Some(mut socket) => {
            let ending = serve(&api, &link, &mut waiting, &mut socket).await;
            api.registry.forget(&link.session().id);
            closing::start(socket, waiting, &ending, api.registry.clock());
            ending
        }
        None => {
            api.registry.forget(&link.session().id);
            Ending::vanished()
        }
    };
    disconnect::report(&api, link.session(), &ending).await;
}

/// Moves messages both ways until something ends the connection.
async fn serve<C: Clock, I: Invoke>(
    api: &Arc<Api<C, I>>,
    link: &Arc<Link>,
    waiting: &mut Waiting,
    socket: &mut Socket,
) -> Ending {
    let mut inbox = Inbox::new(api, link);
    let mut stopping = pin!(api.stopping());
    let mut expired = pin!(expired(api, link));
    loop {
        let may_read = inbox.is_open();
        let step = select! {
            biased;
            () = &mut stopping => Step::Ended(Ending::going_away()),
            () = &mut expired => Step::Ended(Ending::going_away()),
            () = link.deleted() => Step::Ended(Ending::deleted()),
            () = inbox.has_room(), if !may_read => continue,
            step = socket::next_step(socket, waiting, may_read) => step,
        };
        let ended = match step {
            Step::Ended(ending) => Some(ending),
            Step::Incoming(message) => inbox.receive(message),
            Step::Outgoing(text) => socket::feed_text(socket, text)
                .err()
                .map(|error| Ending::of_error(&error)),
        };
        if let Some(ending) = ended {
            return ending;
        }
    }
}

/// Completes when the connection has been idle, or has lived, too long.
async fn expired<C: Clock, I: Invoke>(api: &Api<C, I>, link: &Link) {
    let clock = api.registry.clock();
    let limits = api.registry.limits();
    let end_of_life = link.session().connected_at.plus(limits.life);
    loop {
        let due = end_of_life.min(link.last_active().plus(limits.idle));
        if clock.now() >= due {
            return;
        }
        clock.sleep_until(due).await;
    }
}

/// Takes messages from the client and hands each to a task of its own.
struct Inbox<'a, C, I> {
    api: &'a Arc<Api<C, I>>,
    link: &'a Arc<Link>,
    in_flight: Arc<Semaphore>,
    /// Held for the next message: without it, none is read.
    permit: Option<OwnedSemaphorePermit>,
    received: u64,
}

impl<'a, C: Clock, I: Invoke> Inbox<'a, C, I> {
    fn new(api: &'a Arc<Api<C, I>>, link: &'a Arc<Link>) -> Self {
        Self {
            api,
            link,
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
            permit: None,
            received: 0,
        }
    }

    fn is_open(&self) -> bool {
        self.permit.is_some()
    }

    /// Waits until another message may be in flight.
    async fn has_room(&mut self) {
        self.permit = self.in_flight.clone().acquire_owned().await.ok();
    }

    /// Takes a message; the end, if it is one.
    fn receive(&mut self, message: Message) -> Option<Ending> {
        match message {
            Message::Text(text) => self.dispatch(text),
            Message::Binary(_) => return Some(Ending::binary()),
            Message::Close(frame) => return Some(Ending::by_client(frame)),
            // Pongs go out by themselves. None of these counts as activity: AWS does not say that
            // they do, and the stricter reading is the safe one to develop against.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
        None
    }

    fn dispatch(&mut self, text: Utf8Bytes) {
        let registry = &self.api.registry;
        let now = registry.clock().now();
        self.link.touch(now);
        let arrived = Arrived {
            link: self.link.clone(),
            text,
            ordinal: self.received,
            at: now,
            admitted: registry.admit_request(),
        };
        self.received += 1;
        let permit = self.permit.take();
        let api = self.api.clone();
        self.api.tasks.spawn(async move {
            message::answer(&api, arrived).await;
            drop(permit);
        });
    }
}
