//! The process of an environment: its variables, what it writes, freezing and ending it.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::process::Stdio;
use std::time::Duration;

use llama_ws_functions::Function;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::settings::Settings;

/// How long an ended process's last words are waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How many lines of them are kept.
const LAST_LINES: usize = 5;

pub(super) struct Process {
    child: Child,
    last_words: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts the binary of `function`; `api` is the Runtime API of its environment.
    /// Variables: "Defined runtime environment variables", AWS Lambda developer guide.
    pub(super) fn start(settings: &Settings, function: Function, api: &str) -> io::Result<Self> {
        let (_, environment) = api.rsplit_once('/').unwrap_or_default();
        let stdout = if settings.log {
            Stdio::from(io::stderr())
        } else {
            Stdio::null()
        };
        let mut child = Command::new(settings.binary(function))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api)
            .env("AWS_LAMBDA_FUNCTION_NAME", function.name())
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env(
                "AWS_LAMBDA_LOG_GROUP_NAME",
                format!("/aws/lambda/{function}"),
            )
            .env("AWS_LAMBDA_LOG_STREAM_NAME", environment)
            .envs(settings.variables.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            // Ctrl-C is for us: we still need it. And should we be killed, the kernel ends frozen
            // members of a process group without a parent.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let log = settings.log;
        let last_words = child
            .stderr
            .take()
            .map(|stderr| tokio::spawn(read(stderr, log)));
        Ok(Self { child, last_words })
    }

    /// Waits for the process to end; says how it did.
    pub(super) async fn exited(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// False as soon as the process has ended, which [`Self::exited`] may say a little later.
    pub(super) fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The last lines that an ended process wrote to stderr.
    pub(super) async fn last_words(&mut self) -> String {
        let Some(reader) = self.last_words.take() else {
            return String::new();
        };
        match timeout(LAST_WORDS, reader).await {
            Ok(Ok(lines)) => lines,
            _ => String::new(),
        }
    }

    /// Takes the CPU away, as the platform does between invocations.
    pub(super) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it run.
    pub(super) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends it at once, frozen or not.
    pub(super) fn kill(&mut self) {
        // Fails only when it has ended.
        let _ = self.child.start_kill();
    }

    /// Ends it and waits until it is gone.
    pub(super) async fn end(&mut self) {
        let _ = self.child.kill().await;
    }

    fn signal(&self, signal: Signal) {
        // There is an id as long as the process has not been waited for.
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = id.and_then(Pid::from_raw) {
            // Fails only when it has ended.
            let _ = kill_process(pid, signal);
        }
    }
}

async fn read(stderr: ChildStderr, log: bool) -> String {
    let mut lines = BufReader::new(stderr).lines();
    let mut last = VecDeque::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if log {
            let _ = writeln!(io::stderr(), "{line}");
        }
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    Vec::from(last).join(" ")
}
