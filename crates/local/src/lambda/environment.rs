//! An execution environment: one process, one invocation at a time, frozen in between.

use std::sync::Weak;
use std::time::Duration;

use bytes::Bytes;
use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;
use llama_ws_functions::{Function, SystemClock};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::child::Process;
use super::job::Job;
use super::pool::Pool;
use crate::gateway::InvokeError;

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

pub(super) struct Environment {
    pub(super) id: String,
    pub(super) function: Function,
    pub(super) timeout: Duration,
    pub(super) init_timeout: Duration,
    pub(super) jobs: mpsc::UnboundedReceiver<Job>,
    pub(super) pool: Weak<Pool>,
}

/// The process and what is heard of it.
pub(super) struct Link {
    pub(super) process: Process,
    pub(super) inbox: mpsc::UnboundedReceiver<Call>,
}

enum Event {
    Call(Call),
    Ended(String),
}

enum End {
    Answered(Result<Bytes, String>),
    /// It asks for more without having answered.
    Silent(Poll),
    Crashed(String),
    TimedOut,
}

impl Environment {
    /// Serves until the process ends or has to. `first` is why the environment was started.
    pub(super) async fn run(mut self, mut link: Link, first: Job) {
        self.serve(&mut link, first).await;
        if let Some(pool) = self.pool.upgrade() {
            pool.remove(self.function, &self.id);
        }
        link.process.end().await;
    }

    async fn serve(&mut self, link: &mut Link, first: Job) {
        let mut job = first;
        let mut poll = match link.polled(self.init_timeout).await {
            Ok(poll) => poll,
            Err(reason) => {
                link.process.end().await;
                let last = link.process.last_words().await;
                return job.fail(format!("{} did not start: {reason} {last}", self.function));
            }
        };
        loop {
            let asked_again = match self.invoke(link, job, poll).await {
                Some(asked_again) => asked_again,
                None => return,
            };
            poll = match asked_again {
                Some(poll) => poll,
                None => match link.polled(self.timeout).await {
                    Ok(poll) => poll,
                    Err(_) => return,
                },
            };
            job = match self.next_job(link).await {
                Some(job) => job,
                None => return,
            };
        }
    }

    /// Runs one invocation. Nothing when the environment cannot serve another one; the next
    /// poll if the process has sent it.
    async fn invoke(&self, link: &mut Link, job: Job, poll: Poll) -> Option<Option<Poll>> {
        let id = request_id();
        let handed = Handed {
            id: id.clone(),
            function: self.function,
            deadline: SystemClock.now().plus(self.timeout),
            payload: job.payload.clone(),
        };
        if poll.send(handed).is_err() {
            // The process has gone: another one takes the job, which is dropped here.
            return None;
        }
        match link.end_of(&id, self.timeout).await {
            End::Answered(answer) => {
                self.rest();
                job.answer(answer.map_err(InvokeError::Function));
                Some(None)
            }
            End::Silent(poll) => {
                self.rest();
                job.fail("the function asked for more without an answer".to_owned());
                Some(Some(poll))
            }
            End::Crashed(reason) => {
                job.fail(format!("{} crashed: {reason}", self.function));
                None
            }
            End::TimedOut => {
                job.answer(Err(InvokeError::TimedOut));
                None
            }
        }
    }

    /// Can be given a job from now on, before the last one is answered: who waits for that
    /// answer may invoke the function again at once.
    fn rest(&self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.rest(self.function, &self.id);
        }
    }

    /// Freezes the process until there is a job; nothing when it has ended.
    async fn next_job(&mut self, link: &mut Link) -> Option<Job> {
        if let Ok(job) = self.jobs.try_recv() {
            return Some(job);
        }
        link.process.freeze();
        loop {
            tokio::select! {
                biased;
                event = link.event() => if matches!(event, Event::Ended(_)) {
                    return None;
                },
                job = self.jobs.recv() => {
                    link.process.thaw();
                    return job.filter(|_| link.process.lives());
                }
            }
        }
    }
}

impl Link {
    /// What happens next. What the process said counts before its end does.
    async fn event(&mut self) -> Event {
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
    async fn polled(&mut self, limit: Duration) -> Result<Poll, String> {
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
    async fn end_of(&mut self, wanted: &str, limit: Duration) -> End {
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

/// A random UUID (version 4).
fn request_id() -> String {
    let bits = rand::random::<u128>() & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let mut id = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}
