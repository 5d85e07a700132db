//! What the tests run, and what they see of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use llama_ws_functions::Function;

use super::super::{Processes, Settings};

/// What the binaries need to serve.
pub(super) fn variables() -> Vec<(&'static str, &'static str)> {
    vec![("STORES", "memory"), ("AWS_REGION", "us-east-1")]
}

pub(super) fn settings() -> Settings {
    Settings::new(binaries(), variables())
}

pub(super) async fn start(settings: Settings) -> Processes {
    Processes::start(settings).await.unwrap()
}

/// An HTTP event that every deployment answers.
pub(super) fn request() -> Bytes {
    Bytes::from_static(
        br#"{"version":"2.0","routeKey":"GET /health","rawPath":"/health","rawQueryString":"",
        "headers":{},"requestContext":{"http":{"method":"GET","path":"/health"}},
        "isBase64Encoded":false}"#,
    )
}

/// An invocation that lasts until its deadline is near.
pub(super) fn work() -> Bytes {
    Bytes::from_static(br#"{"work":{}}"#)
}

/// The folder of the binaries, once cargo has made sure that they are up to date.
fn binaries() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        // target/debug/deps/llama_ws_local-… -> target
        let test = std::env::current_exe().unwrap();
        let target = test.ancestors().nth(3).unwrap().to_owned();
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--bins", "-p", "llama-ws-functions"])
            .args(["--features", "lambda", "--target-dir"])
            .arg(&target)
            .status()
            .unwrap();
        assert!(status.success(), "cargo could not build the functions");
        target.join("debug")
    });
    built.clone()
}

/// A folder with a `connect` of bash and curl, removed in the end.
pub(super) struct Script(PathBuf);

impl Script {
    /// `body` finds the Runtime API in `$api`.
    pub(super) fn new(body: &str) -> Self {
        let name = format!("llama-ws-{:016x}", rand::random::<u64>());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        let file = folder.join("connect");
        let api = "api=$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime";
        fs::write(&file, format!("#!/bin/bash\n{api}\n{body}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    pub(super) fn settings(&self) -> Settings {
        Settings::new(&self.0, Vec::<(String, String)>::new())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The id and the state (a letter, as in proc(5)) of every process of `function`.
pub(super) fn running(lambda: &Processes, function: Function) -> Vec<(u32, char)> {
    let api = format!("AWS_LAMBDA_RUNTIME_API={}/", lambda.endpoint());
    let name = format!("AWS_LAMBDA_FUNCTION_NAME={function}\0");
    let mut found: Vec<_> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let variables = fs::read(path.join("environ")).ok()?;
            let variables = String::from_utf8_lossy(&variables).into_owned();
            let ours = variables.contains(&api) && variables.contains(&name);
            let pid = path.file_name()?.to_str()?.parse().ok()?;
            ours.then_some((pid, state(&path)?))
        })
        .collect();
    found.sort_unstable();
    found
}

/// Waits until a process has ended: it shows no variables any more a moment before that.
pub(super) async fn ended(pid: u32) {
    let process = Path::new("/proc").join(pid.to_string());
    until(|| matches!(state(&process), None | Some('Z')).then_some(())).await;
}

/// The letter after the name in parentheses.
fn state(process: &Path) -> Option<char> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The one process of `function`, once it is in one of these states.
pub(super) async fn one(lambda: &Processes, function: Function, states: &str) -> u32 {
    until(|| match running(lambda, function).as_slice() {
        [(pid, state)] if states.contains(*state) => Some(*pid),
        _ => None,
    })
    .await
}

/// Waits for something to become true.
pub(super) async fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1_000 {
        if let Some(seen) = look() {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not seen within 10 s");
}

/// `kill -9`, from outside.
pub(super) fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
