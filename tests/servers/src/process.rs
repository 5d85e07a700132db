//! A server's process. It ends with its value; should this process be killed before it can do that,
//! a shell that waits for nothing else does it.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Reads until this process is gone, which closes the pipe, or is done with the server.
const WATCH: &str = r#"read -r _; kill -9 "$1" 2>/dev/null; rm -rf "$2""#;

/// A running server and the folder it works in.
#[derive(Debug)]
pub(crate) struct Process {
    server: Child,
    watch: Child,
}

impl Process {
    /// Starts `command` in `folder`, which goes with the process.
    ///
    /// # Panics
    /// When it cannot be started.
    pub(crate) fn start(mut command: Command, folder: &Path) -> Self {
        let server = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                let program = command.get_program().display();
                panic!("{program} cannot be started ({error}): scripts/test sets it up")
            });
        let watch = Command::new("sh")
            .args(["-c", WATCH, "sh", &server.id().to_string()])
            .arg(folder)
            // A Ctrl-C that ends the test must not end this.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        Self { server, watch }
    }

    /// What it prints, if that is piped.
    pub(crate) fn take_output(&mut self) -> Option<ChildStdout> {
        self.server.stdout.take()
    }

    /// Sends it a signal, `-STOP` for example.
    pub(crate) fn signal(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.server.id().to_string()])
            .status();
        assert!(kill.expect("there is kill").success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.server.kill();
        // The shell is done before the server's id can be another's.
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
        let _ = self.server.wait();
    }
}

/// A new folder.
pub(crate) fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("llama-ws-{}", crate::unique()));
    std::fs::create_dir_all(&folder).expect("there is room for a folder");
    folder
}
