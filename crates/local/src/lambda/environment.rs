//! An execution environment: one process, one invocation at a time, frozen in between.

use std::convert::Infallible;
use std::sync::Weak;
use std::time::Duration;

use llama_ws_core::ports::Clock;
use llama_ws_functions::{Function, SystemClock};
use tokio::sync::mpsc;

use super::job::Job;
use super::link::{End, Event, Handed, Link, Poll};
use super::pool::Pool;
use crate::gateway::InvokeError;

pub(super) struct Environment {
    pub(super) id: String,
    pub(super) function: Function,
    pub(super) timeout: Duration,
    pub(super) init_timeout: Duration,
    pub(super) jobs: mpsc::UnboundedReceiver<Job>,
    pub(super) pool: Weak<Pool>,
}

/// Why an environment ends.
enum Last {
    /// Its process did, or has to, while it had nothing to do. Jobs that it was given since
    /// are dropped, so that another environment takes them.
    Idle,
    /// It asked for no invocation.
    NotStarted(Job, String),
    /// An invocation went wrong.
    Failed(Job, InvokeError),
}

impl Environment {
    /// Serves until the process ends or has to. `first` is why the environment was started.
    pub(super) async fn run(mut self, mut link: Link, first: Job) {
        let Err(last) = self.serve(&mut link, first).await;
        if let Some(pool) = self.pool.upgrade() {
            pool.remove(self.function, &self.id);
        }
        link.process.end().await;
        // Who waits learns it when nothing is left of the environment.
        match last {
            Last::Idle => {}
            Last::NotStarted(job, reason) => {
                let words = link.process.last_words().await;
                job.fail(format!("{} did not start: {reason} {words}", self.function));
            }
            Last::Failed(job, error) => job.answer(Err(error)),
        }
    }

    async fn serve(&mut self, link: &mut Link, first: Job) -> Result<Infallible, Last> {
        let mut poll = match link.polled(self.init_timeout).await {
            Ok(poll) => poll,
            Err(reason) => return Err(Last::NotStarted(first, reason)),
        };
        let mut job = first;
        loop {
            poll = match self.invoke(link, job, poll).await? {
                Some(asked_again) => asked_again,
                None => link.polled(self.timeout).await.map_err(|_| Last::Idle)?,
            };
            job = self.next_job(link).await.ok_or(Last::Idle)?;
        }
    }

    /// Runs one invocation. Answers the next poll if the process has sent it already.
    async fn invoke(&self, link: &mut Link, job: Job, poll: Poll) -> Result<Option<Poll>, Last> {
        let id = request_id();
        let handed = Handed {
            id: id.clone(),
            function: self.function,
            deadline: SystemClock.now().plus(self.timeout),
            payload: job.payload.clone(),
        };
        // Without a receiver the process has gone: the job is dropped for another one.
        poll.send(handed).map_err(|_| Last::Idle)?;
        match link.end_of(&id, self.timeout).await {
            End::Answered(answer) => {
                self.rest();
                job.answer(answer.map_err(InvokeError::Function));
                Ok(None)
            }
            End::Silent(poll) => {
                self.rest();
                job.fail("the function asked for more without an answer".to_owned());
                Ok(Some(poll))
            }
            End::Crashed(reason) => {
                let crashed = format!("{} crashed: {reason}", self.function);
                Err(Last::Failed(job, InvokeError::Function(crashed)))
            }
            End::TimedOut => Err(Last::Failed(job, InvokeError::TimedOut)),
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
