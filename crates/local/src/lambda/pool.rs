//! The environments of every function: which exist, and which of them have nothing to do.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use llama_ws_functions::Function;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::child::Process;
use super::environment::Environment;
use super::job::{Answer, Failure, Job};
use super::link::{Call, Link};
use super::settings::Settings;

pub(super) struct Pool {
    settings: Settings,
    addr: SocketAddr,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    environments: HashMap<String, Entry>,
    /// The ids of those without an invocation, the one used last at the end.
    idle: HashMap<Function, Vec<String>>,
    stopped: bool,
    /// Environments and asynchronous invocations. Dropped, they end and so do the processes.
    tasks: JoinSet<()>,
}

/// Dropped, it ends the environment.
struct Entry {
    function: Function,
    jobs: mpsc::UnboundedSender<Job>,
    calls: mpsc::UnboundedSender<Call>,
}

/// Runs `function` once. The pool is held only while it is asked, so that it can be dropped.
pub(super) async fn invoke(
    pool: Weak<Pool>,
    function: Function,
    payload: Bytes,
) -> Result<Bytes, Failure> {
    loop {
        let answered = {
            let pool = pool.upgrade().ok_or(Failure::Stopped)?;
            pool.submit(function, payload.clone())?
        };
        // Without an answer, the process had ended before it got the invocation.
        if let Ok(answer) = answered.await {
            return Ok(answer?);
        }
    }
}

impl Pool {
    pub(super) fn new(settings: Settings, addr: SocketAddr) -> Self {
        Self {
            settings,
            addr,
            state: Mutex::default(),
        }
    }

    /// Gives the invocation to the idle environment used last, or to a new one.
    fn submit(
        self: &Arc<Self>,
        function: Function,
        payload: Bytes,
    ) -> Result<oneshot::Receiver<Answer>, Failure> {
        let (mut job, answered) = Job::new(payload);
        let mut state = self.state();
        if state.stopped {
            return Err(Failure::Stopped);
        }
        while let Some(id) = state.idle.get_mut(&function).and_then(Vec::pop) {
            let Some(entry) = state.environments.get(&id) else {
                continue;
            };
            match entry.jobs.send(job) {
                Ok(()) => return Ok(answered),
                Err(refused) => job = refused.0,
            }
        }
        let of_function = |entry: &&Entry| entry.function == function;
        let existing = state.environments.values().filter(of_function).count();
        if existing >= self.settings.most_environments {
            return Err(Failure::Throttled);
        }
        self.start(&mut state, function, job);
        Ok(answered)
    }

    /// A cold start.
    fn start(self: &Arc<Self>, state: &mut State, function: Function, first: Job) {
        let id = format!("{:032x}", rand::random::<u128>());
        // With a path, `lambda_runtime` wants the scheme as well.
        let api = format!("http://{}/{id}", self.addr);
        let process = match Process::start(&self.settings, function, &api) {
            Ok(process) => process,
            Err(error) => return first.fail(format!("{function} did not start: {error}")),
        };
        let (jobs, waiting) = mpsc::unbounded_channel();
        let (calls, inbox) = mpsc::unbounded_channel();
        let environment = Environment {
            id: id.clone(),
            function,
            timeout: self.settings.timeout(function),
            init_timeout: self.settings.init_timeout,
            jobs: waiting,
            pool: Arc::downgrade(self),
        };
        let entry = Entry {
            function,
            jobs,
            calls,
        };
        state.environments.insert(id, entry);
        state.spawn(environment.run(Link { process, inbox }, first));
    }

    /// Runs `function` without anybody waiting for it.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.state();
        if !state.stopped {
            state.spawn(task);
        }
    }

    /// Tells an environment; false when there is none of this id.
    pub(super) fn tell(&self, id: &str, call: Call) -> bool {
        let state = self.state();
        let entry = state.environments.get(id);
        entry.is_some_and(|entry| entry.calls.send(call).is_ok())
    }

    /// The environment can be given a job.
    pub(super) fn rest(&self, function: Function, id: &str) {
        let mut state = self.state();
        if state.environments.contains_key(id) {
            state.idle.entry(function).or_default().push(id.to_owned());
        }
    }

    /// The environment has ended.
    pub(super) fn remove(&self, function: Function, id: &str) {
        let mut state = self.state();
        state.environments.remove(id);
        if let Some(idle) = state.idle.get_mut(&function) {
            idle.retain(|other| other != id);
        }
    }

    /// Ends every process of `function`; to those with an invocation it is a crash.
    pub(super) fn kill(&self, function: Function) {
        let mut state = self.state();
        for id in state.idle.remove(&function).unwrap_or_default() {
            state.environments.remove(&id);
        }
        for entry in state.environments.values() {
            if entry.function == function {
                // Fails only when it has ended.
                let _ = entry.calls.send(Call::Kill);
            }
        }
    }

    /// Starts nothing any more, ends every process and waits until they are gone.
    pub(super) async fn stop(&self) {
        let mut tasks = {
            let mut state = self.state();
            state.stopped = true;
            state.idle.clear();
            state.environments.clear();
            std::mem::take(&mut state.tasks)
        };
        while tasks.join_next().await.is_some() {}
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done when a holder panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        // Forget those that have ended.
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(task);
    }
}
