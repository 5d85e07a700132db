//! What an environment hears: of its process over the Runtime API, of its end, and of tests.

use std::time::Duration;

use bytes::Bytes;
use llama_ws_core::UnixMillis;
use llama_ws_functions::Function;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::child::Process;

/// What an environment is told: by its process over the Runtime API, and by tests.
pub(super) enum Call {
    /// The process asks for an invocation.
    Next(Poll),
    /// The process says how the invocation `id` ended; `known` when it was told to run it.
    Outcome {
        id: String,
        outcome: Result<Bytes, String>,
        known: oneshot::Sender<()>,
    },
    /// The process cannot serve.
    InitError(String),
    /// A test ends the process.
    Kill,
}

/// A process that waits for an invocation.
pub(super) type Poll = oneshot::Sender<Handed>;

/// An invocation as a process gets it.
pub(super) struct Handed {
    pub(super) id: String,
    pub(super) function: Function,
    pub(super) deadline: UnixMillis,
    pub(super) payload: Bytes,
}

/// The process and what is heard of it.
pub(super) struct Link {
    pub(super) process: Process,
    pub(super) inbox: mpsc::UnboundedReceiver<Call>,
}

/// Something that was heard.
pub(super) enum Event {
    Call(Call),
    Ended(String),
}

/// How an invocation ended.
pub(super) enum End {
    Answered(Result<Bytes, String>),
    /// The process asks for more without having answered.
    Silent(Poll),
    Crashed(String),
    TimedOut,
}

impl Link {
    /// What happens next. What the process said counts before its end does.
    pub(super) async fn event(&mut self) -> Event {
        loop {
            tokio::select! {
                biased;
                call = self.inbox.recv() => match call {
                    Some(Call::Kill) => self.process.kill(),
                    Some(call) => return Event::Call(call),
                    None => return Event::Ended("stopped".to_owned()),
                },
                status = self.process.exited() => return Event::Ended(status),
            }
        }
    }

    /// Waits until the process asks for an invocation.
    pub(super) async fn polled(&mut self, limit: Duration) -> Result<Poll, String> {
        let polled = async {
            loop {
                match self.event().await {
                    Event::Call(Call::Next(poll)) => return Ok(poll),
                    Event::Call(Call::InitError(reason)) | Event::Ended(reason) => {
                        return Err(reason);
                    }
                    Event::Call(_) => {}
                }
            }
        };
        let late = |_| Err(format!("no request for an invocation within {limit:?}"));
        timeout(limit, polled).await.unwrap_or_else(late)
    }

    /// Waits for the end of the invocation `wanted`.
    pub(super) async fn end_of(&mut self, wanted: &str, limit: Duration) -> End {
        let end = async {
            loop {
                match self.event().await {
                    Event::Call(Call::Outcome { id, outcome, known }) if id == wanted => {
                        let _ = known.send(());
                        return End::Answered(outcome);
                    }
                    Event::Call(Call::Next(poll)) => return End::Silent(poll),
                    Event::Ended(reason) => return End::Crashed(reason),
                    Event::Call(_) => {}
                }
            }
        };
        timeout(limit, end).await.unwrap_or(End::TimedOut)
    }
}
