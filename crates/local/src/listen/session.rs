//! One connection of a listener, from the subscribe request to the close.

use std::future::Future;
use std::io::{self, ErrorKind, Write};
use std::pin::Pin;
use std::time::Duration;

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;
use serde_json::value::RawValue;

use super::cursor::Verdict;
use super::frame::{ErrorFrame, EventFrame, Fault, Frame, Goodbye, Resumed, Subscribed};
use super::request::{PING, RESUME_ID, Request, SUBSCRIBE_ID};
use super::timers::{Due, Timers};
use super::{ListenError, Listener};
use crate::client::{Incoming, Socket};

/// How long the other side may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// All that was asked for is done.
    Done,
    /// The service said goodbye, and when to come back.
    Goodbye(Option<UnixMillis>),
    /// The service closed in good order.
    Closed,
    /// The connection broke, or was closed for a reason.
    Lost(String),
}

/// What woke the session.
enum Woken {
    Stop,
    Incoming(Incoming),
    Timer,
}

/// A connection and the listener it belongs to.
pub(super) struct Session<'a, C, O, N> {
    listener: &'a mut Listener<C, O, N>,
    socket: Socket,
    timers: Timers,
    /// What the service said before it closes.
    goodbye: Option<Goodbye>,
}

type Outcome = Result<Option<End>, ListenError>;

impl<'a, C: Clock, O: Write, N: Write> Session<'a, C, O, N> {
    pub(super) fn new(listener: &'a mut Listener<C, O, N>, socket: Socket) -> Self {
        let timers = Timers::new(listener.clock.now(), &mut listener.rng);
        Self {
            listener,
            socket,
            timers,
            goodbye: None,
        }
    }

    /// Subscribes and follows the stream until it ends or `stop` completes.
    pub(super) async fn run<S>(mut self, stop: &mut Pin<&mut S>) -> Result<End, ListenError>
    where
        S: Future<Output = ()>,
    {
        self.subscribe().await;
        loop {
            let woken = tokio::select! {
                () = stop.as_mut() => Woken::Stop,
                incoming = self.socket.receive() => Woken::Incoming(incoming),
                () = self.listener.clock.sleep_until(self.timers.next()) => Woken::Timer,
            };
            let outcome = match woken {
                Woken::Stop => Ok(Some(End::Done)),
                Woken::Incoming(Incoming::Text(text)) => self.text(&text).await,
                Woken::Incoming(ended) => Ok(Some(self.ended(ended))),
                Woken::Timer => Ok(self.timer().await),
            };
            match outcome {
                Ok(None) => {}
                Ok(Some(end)) => {
                    self.close().await;
                    return Ok(end);
                }
                Err(error) => {
                    self.close().await;
                    return Err(error);
                }
            }
        }
    }

    async fn subscribe(&mut self) {
        self.listener.cursor.subscribing();
        self.send(Request::Subscribe(self.listener.cursor.last()))
            .await;
    }

    async fn send(&mut self, request: Request) {
        let text = request.to_json(&self.listener.options.subscription);
        self.socket.send(text).await;
    }

    async fn timer(&mut self) -> Option<End> {
        match self.timers.take(self.listener.clock.now()) {
            Due::Nothing => {}
            Due::Ping => self.socket.send(PING.to_owned()).await,
            Due::GiveUp => return Some(End::Lost("a ping was not answered".to_owned())),
            Due::Send(Request::Subscribe(_)) => self.subscribe().await,
            Due::Send(request @ Request::Resume(_)) => self.send(request).await,
            Due::Leave => return Some(self.goodbye_end()),
        }
        None
    }

    async fn text(&mut self, text: &str) -> Outcome {
        let now = self.listener.clock.now();
        self.timers.traffic(now, &mut self.listener.rng);
        if let Some(end) = shown(self.listener.screen.raw(text))? {
            return Ok(Some(end));
        }
        match Frame::read(text) {
            Frame::Batch(messages) => {
                for text in messages.into_iter().map(RawValue::get) {
                    if let end @ Some(_) = self.frame(now, Frame::read(text), text).await? {
                        return Ok(end);
                    }
                }
                Ok(None)
            }
            frame => self.frame(now, frame, text).await,
        }
    }

    async fn frame(&mut self, now: UnixMillis, frame: Frame<'_>, text: &str) -> Outcome {
        match frame {
            Frame::Event(event) => self.event(now, &event).await,
            Frame::Subscribed(subscribed) => self.subscribed(now, subscribed),
            Frame::Error(error) => self.error(now, error).await,
            Frame::Resumed(resumed) => self.resumed(now, &resumed),
            Frame::Goodbye(goodbye) => self.goodbye(now, goodbye),
            Frame::Batch(_) => shown(self.listener.screen.other(now, "batch", text)),
            Frame::Other(kind) => shown(self.listener.screen.other(
                now,
                kind.as_deref().unwrap_or("?"),
                text,
            )),
        }
    }

    async fn event(&mut self, now: UnixMillis, event: &EventFrame<'_>) -> Outcome {
        match self.listener.cursor.observe(event) {
            Verdict::Repeat => return Ok(None),
            Verdict::Deliver => {}
            Verdict::DeliverAndResume(since) => self.send(Request::Resume(since)).await,
        }
        if let end @ Some(_) = shown(self.listener.screen.event(now, event))? {
            return Ok(end);
        }
        self.listener.remaining = self.listener.remaining.saturating_sub(1);
        Ok((self.listener.remaining == 0).then_some(End::Done))
    }

    fn subscribed(&mut self, now: UnixMillis, subscribed: Subscribed) -> Outcome {
        let (refused, joined): (Vec<_>, Vec<_>) = subscribed
            .results
            .into_iter()
            .partition(|result| result.error.is_some());
        let joined: Vec<String> = joined.into_iter().map(|result| result.channel).collect();
        let faults = refused
            .into_iter()
            .filter_map(|result| Some((result.channel, result.error?)));
        let mut text = joined.join(", ");
        for (channel, fault) in faults {
            if joined.is_empty() {
                return Err(refusal(fault));
            }
            text.push_str(&format!(
                "; not {channel}: {}: {}",
                fault.code, fault.message
            ));
        }
        self.listener.cursor.subscribed(subscribed.offset);
        self.listener.backoff.reset();
        shown(self.listener.screen.other(now, "subscribed", &text))
    }

    fn resumed(&mut self, now: UnixMillis, resumed: &Resumed) -> Outcome {
        self.listener.cursor.resumed(resumed.offset);
        let text = format!("{}, {} messages", resumed.status, resumed.count);
        shown(self.listener.screen.other(now, "resume_result", &text))
    }

    fn goodbye(&mut self, now: UnixMillis, goodbye: Goodbye) -> Outcome {
        // Without a time the close that follows ends the connection.
        if let Some(at) = goodbye.reconnect_at {
            self.timers.leave(UnixMillis(at));
        }
        let printed = self.listener.screen.other(now, "goodbye", &goodbye.reason);
        self.goodbye = Some(goodbye);
        shown(printed)
    }

    async fn error(&mut self, now: UnixMillis, error: ErrorFrame) -> Outcome {
        let ErrorFrame {
            fault,
            retryable,
            retry_after_ms,
            id,
        } = error;
        let request = match id.as_ref().and_then(|id| id.as_str()) {
            Some(SUBSCRIBE_ID) => Some(Request::Subscribe(None)),
            Some(RESUME_ID) => self.listener.cursor.resuming().map(Request::Resume),
            _ => None,
        };
        let last = self.listener.cursor.last();
        match request {
            Some(request) if retryable => {
                let at = self.again_at(now, retry_after_ms);
                self.timers.again(at, request);
            }
            Some(Request::Subscribe(_)) if last.is_some() && is_about_since(&fault) => {
                self.listener.cursor.forget();
                self.subscribe().await;
            }
            Some(Request::Subscribe(_)) => return Err(refusal(fault)),
            Some(Request::Resume(_)) => self.listener.cursor.resumed(None),
            None => {}
        }
        let text = format!("{}: {}", fault.code, fault.message);
        shown(self.listener.screen.other(now, "error", &text))
    }

    fn again_at(&mut self, now: UnixMillis, retry_after_ms: Option<u64>) -> UnixMillis {
        let wait = match retry_after_ms {
            Some(millis) => Duration::from_millis(millis),
            None => self.listener.backoff.next(&mut self.listener.rng),
        };
        now.plus(wait)
    }

    fn ended(&self, how: Incoming) -> End {
        if self.goodbye.is_some() {
            return self.goodbye_end();
        }
        match how {
            // 1000: in good order; 1001: the gateway is going away.
            Incoming::Closed {
                code: 1000 | 1001, ..
            } => End::Closed,
            Incoming::Closed { code, reason } if reason.is_empty() => {
                End::Lost(format!("the service closed with code {code}"))
            }
            Incoming::Closed { code, reason } => {
                End::Lost(format!("the service closed with code {code}: {reason}"))
            }
            Incoming::Lost(why) => End::Lost(why),
            Incoming::Text(_) => End::Lost("the connection ended".to_owned()),
        }
    }

    fn goodbye_end(&self) -> End {
        let at = self
            .goodbye
            .as_ref()
            .and_then(|goodbye| goodbye.reconnect_at);
        End::Goodbye(at.map(UnixMillis))
    }

    async fn close(self) {
        let clock = &self.listener.clock;
        let deadline = clock.now().plus(CLOSE_TIMEOUT);
        tokio::select! {
            () = self.socket.close() => {}
            () = clock.sleep_until(deadline) => {}
        }
    }
}

/// Whether a frame could be printed. A reader that went away (`| head`) has seen enough.
fn shown(printed: io::Result<()>) -> Outcome {
    match printed {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Some(End::Done)),
        Err(error) => Err(ListenError::Output(error)),
    }
}

/// Whether a service may take the request without its `since`: the offset is not known any more,
/// or nothing can be replayed there.
fn is_about_since(fault: &Fault) -> bool {
    matches!(fault.code.as_str(), "INVALID_OFFSET" | "INVALID_OPTION")
}

fn refusal(fault: Fault) -> ListenError {
    ListenError::Refused {
        code: fault.code,
        message: fault.message,
    }
}
