//! One live WebSocket, from the upgrade to its end.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{Sink, Stream};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;
use tokio::net::TcpStream;
use tokio::select;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::api::Api;
use super::closing;
use super::disconnect;
use super::ending::Ending;
use super::frames;
use super::invoke::Invoke;
use super::limits::Limits;
use super::message::{self, Arrived};
use super::outbox::Waiting;
use super::registry::Link;
use super::session::Session;

/// The socket of a connection.
pub(super) type Socket = WebSocketStream<TcpStream>;

/// Messages of one connection whose functions may run at the same time. At the limit the
/// connection is not read until one has answered.
const IN_FLIGHT: usize = 1_000;

/// Small buffers: ten thousand connections share one machine.
const BUFFER_BYTES: usize = 4 * 1024;

/// Serves an accepted connection and invokes `$disconnect` once it has ended.
pub(super) async fn run<C: Clock, I: Invoke>(
    api: Arc<Api<C, I>>,
    session: Arc<Session>,
    link: Arc<Link>,
    waiting: Waiting,
    on_upgrade: OnUpgrade,
) {
    let mut open = Open {
        api,
        session,
        link,
        waiting,
    };
    let ending = match upgraded(on_upgrade, open.api.registry.limits()).await {
        None => open.forget(Ending::vanished()),
        Some(mut socket) => {
            let ending = open.serve(&mut socket).await;
            let ending = open.forget(ending);
            closing::start(socket, open.waiting, &ending, open.api.registry.clock());
            ending
        }
    };
    disconnect::report(&open.api, &open.session, &ending).await;
}

async fn upgraded(on_upgrade: OnUpgrade, limits: &Limits) -> Option<Socket> {
    let parts = on_upgrade
        .await
        .ok()?
        .downcast::<TokioIo<TcpStream>>()
        .ok()?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_frame_size(Some(limits.frame_bytes))
        .max_message_size(Some(limits.message_bytes));
    let stream = parts.io.into_inner();
    let read = parts.read_buf.to_vec();
    Some(WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await)
}

struct Open<C, I> {
    api: Arc<Api<C, I>>,
    session: Arc<Session>,
    link: Arc<Link>,
    waiting: Waiting,
}

/// What the socket and the buffer have brought.
enum Step {
    Incoming(Message),
    Outgoing(Utf8Bytes),
    Ended(Ending),
}

impl<C: Clock, I: Invoke> Open<C, I> {
    /// Moves messages both ways until something ends the connection.
    async fn serve(&mut self, socket: &mut Socket) -> Ending {
        let api = self.api.clone();
        let link = self.link.clone();
        let in_flight = Arc::new(Semaphore::new(IN_FLIGHT));
        let mut permit: Option<OwnedSemaphorePermit> = None;
        let mut messages = 0;
        let mut stopping = pin!(api.stopping());
        let mut expired = pin!(expired(&api, self.session.connected_at, &link));
        loop {
            let step = select! {
                biased;
                () = &mut stopping => Step::Ended(Ending::going_away()),
                () = &mut expired => Step::Ended(Ending::going_away()),
                () = link.deleted() => Step::Ended(Ending::deleted()),
                free = in_flight.clone().acquire_owned(), if permit.is_none() => {
                    permit = free.ok();
                    continue;
                }
                step = poll_fn(|context| poll(socket, &mut self.waiting, permit.is_some(), context)) => step,
            };
            match step {
                Step::Ended(ending) => return ending,
                Step::Outgoing(text) => {
                    let limit = api.registry.limits().frame_bytes;
                    if let Err(error) = frames::feed(socket, text, limit) {
                        return Ending::of_error(&error);
                    }
                }
                Step::Incoming(Message::Text(text)) => {
                    self.receive(text, messages, permit.take());
                    messages += 1;
                }
                Step::Incoming(Message::Binary(_)) => return Ending::binary(),
                Step::Incoming(Message::Close(frame)) => return Ending::by_client(frame),
                // Pongs go out by themselves. Neither counts as activity: AWS does not say that
                // it does, and the stricter reading is the safe one to develop against.
                Step::Incoming(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            }
        }
    }

    /// Hands a message to its own task.
    fn receive(&self, text: Utf8Bytes, ordinal: u64, permit: Option<OwnedSemaphorePermit>) {
        let now = self.api.registry.clock().now();
        self.link.touch(now);
        let arrived = Arrived {
            session: self.session.clone(),
            link: self.link.clone(),
            text,
            ordinal,
            at: now,
            admitted: self.api.registry.admit_request(),
        };
        let api = self.api.clone();
        self.api.tasks.spawn(async move {
            message::answer(&api, arrived).await;
            drop(permit);
        });
    }

    fn forget(&self, ending: Ending) -> Ending {
        self.api.registry.forget(&self.session.id);
        ending
    }
}

/// Completes when the connection has been idle, or has lived, too long.
async fn expired<C: Clock, I: Invoke>(api: &Api<C, I>, connected_at: UnixMillis, link: &Link) {
    let clock = api.registry.clock();
    let limits = api.registry.limits();
    let end_of_life = connected_at.plus(limits.life);
    loop {
        let due = end_of_life.min(link.last_active().plus(limits.idle));
        if clock.now() >= due {
            return;
        }
        clock.sleep_until(due).await;
    }
}

/// Reads if `may_read`, and takes a message to write only while the socket accepts more.
/// Nothing is lost when the caller stops polling: a message is taken only to be returned.
fn poll(
    socket: &mut Socket,
    waiting: &mut Waiting,
    may_read: bool,
    context: &mut Context<'_>,
) -> Poll<Step> {
    let mut socket = std::pin::Pin::new(socket);
    if may_read && let Poll::Ready(read) = socket.as_mut().poll_next(context) {
        return Poll::Ready(read.map_or(Step::Ended(Ending::vanished()), incoming));
    }
    let writable = match socket.as_mut().poll_ready(context) {
        Poll::Ready(Ok(())) => waiting.poll_next(context),
        Poll::Ready(Err(error)) => return failed(&error),
        Poll::Pending => return Poll::Pending,
    };
    if let Poll::Ready(Some(text)) = writable {
        return Poll::Ready(Step::Outgoing(text));
    }
    match socket.poll_flush(context) {
        Poll::Ready(Err(error)) => failed(&error),
        _ => Poll::Pending,
    }
}

fn incoming(read: Result<Message, Error>) -> Step {
    read.map_or_else(
        |error| Step::Ended(Ending::of_error(&error)),
        Step::Incoming,
    )
}

fn failed(error: &Error) -> Poll<Step> {
    Poll::Ready(Step::Ended(Ending::of_error(error)))
}
