//! The original README's JavaScript examples in a real JavaScript runtime.

use std::time::Duration;

use llama_ws_tests::Stage;
use tokio::process::Command;
use tokio::time::timeout;

/// Longest wait for all stories together.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_readmes_javascript_examples_run_in_node() {
    let stage = Stage::roomy().await;
    let script = format!("{}/node/readme_examples.mjs", env!("CARGO_MANIFEST_DIR"));

    let running = Command::new("node")
        .args(["--experimental-websocket", &script])
        .arg(stage.addr().port().to_string())
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, running)
        .await
        .expect("the stories come to an end");
    let output = output.unwrap_or_else(|error| {
        panic!("Node 20.10 or later is missing ({error}): run scripts/test, which sets it up")
    });

    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{stdout}{stderr}\n(Node must be 20.10 or later: scripts/test sets it up)"
    );
    assert_eq!(stdout.matches("ok: ").count(), 7, "{stdout}");
}
