//! `llama-ws` as a process.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::binaries::binary;
use crate::wait::PATIENCE;

/// A run of the program.
pub struct Tool {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What was not read before.
    pub stdout: String,
    /// Everything.
    pub stderr: String,
}

impl Tool {
    /// Starts it with these arguments and nothing of our environment.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    /// The same with environment variables.
    #[must_use]
    pub fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(binary("llama-ws-local", &[], "llama-ws"))
            .args(arguments)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("a pipe");
        Self {
            child,
            stdout: BufReader::new(stdout).lines(),
        }
    }

    /// Runs it to its end.
    pub async fn run(arguments: &[&str]) -> Ended {
        Self::start(arguments).ended().await
    }

    /// Runs it to its end with `input` on its standard input.
    pub async fn run_on(arguments: &[&str], input: &str) -> Ended {
        let mut tool = Self::start(arguments);
        let mut stdin = tool.child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        tool.ended().await
    }

    /// The next line of its standard output.
    pub async fn line(&mut self) -> String {
        let line = timeout(PATIENCE, self.stdout.next_line()).await;
        line.expect("a line comes")
            .expect("text")
            .expect("a line, and not the end")
    }

    /// Sends it a signal, by name.
    pub async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs");
        let sent = Command::new("kill")
            .args(["-s", name, &id.to_string()])
            .status()
            .await;
        assert!(sent.expect("kill runs").success());
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> Ended {
        drop(self.child.stdin.take());
        let mut pipe = self.child.stderr.take().expect("a pipe");
        let reading = async {
            let (mut stdout, mut stderr) = (String::new(), String::new());
            let rest = async {
                while let Some(line) = self.stdout.next_line().await.expect("text") {
                    stdout.push_str(&line);
                    stdout.push('\n');
                }
            };
            let (_, read) = tokio::join!(rest, pipe.read_to_string(&mut stderr));
            read.expect("text");
            (stdout, stderr)
        };
        let (stdout, stderr) = timeout(PATIENCE, reading).await.expect("it ends");
        let status = self.child.wait().await.expect("it ends");
        Ended {
            code: status.code(),
            stdout,
            stderr,
        }
    }
}
