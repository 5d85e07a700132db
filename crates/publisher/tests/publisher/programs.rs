//! The page's code blocks, and how its programs are run.

use std::path::PathBuf;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

const PAGE: &str = include_str!("../../../../docs/publishing.md");

/// Longest a program may run.
const PATIENCE: Duration = Duration::from_secs(60);

/// The page's blocks in this language, as they stand there.
pub(crate) fn blocks(language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let text: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        if info == language {
            blocks.push(text.join("\n"));
        }
    }
    blocks
}

/// Runs a program for Node, and answers what it printed.
pub(crate) async fn node(program: &str, redis_url: &str) -> String {
    let modules = tools("npm/node_modules");
    let mut command = Command::new("node");
    command.env("NODE_PATH", modules).args(["-e", program]);
    run(command, redis_url).await
}

/// Runs a program for Python, and answers what it printed.
pub(crate) async fn python(program: &str, redis_url: &str) -> String {
    let mut command = Command::new(tools("python/bin/python"));
    command.args(["-c", program]);
    run(command, redis_url).await
}

/// What scripts/setup/publishers put there.
fn tools(path: &str) -> PathBuf {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let found = PathBuf::from(workspace).join(".tools").join(path);
    assert!(
        found.exists(),
        ".tools/{path} is missing: run scripts/test, which sets it up"
    );
    found
}

async fn run(mut command: Command, redis_url: &str) -> String {
    let running = command
        .env("REDIS_URL", redis_url)
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, running)
        .await
        .expect("the program comes to an end")
        .unwrap_or_else(|error| {
            panic!("the program cannot be started ({error}): scripts/test sets up what it needs")
        });
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}{stderr}");
    stdout
}
