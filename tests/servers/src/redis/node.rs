//! One server process of Redis or Valkey: its configuration, its start and its restart.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

use crate::process::{Process, folder};

/// How often another port is tried, should somebody else have taken it in between.
const STARTS: usize = 5;

/// Where `SAVE` puts everything.
const SAVED: &str = "dump.rdb";

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// `redis-server`.
    Redis,
    /// `valkey-server`.
    Valkey,
}

impl Program {
    fn path(self) -> PathBuf {
        match self {
            Self::Redis => PathBuf::from("redis-server"),
            Self::Valkey => Some(crate::tools("valkey/bin/valkey-server"))
                .filter(|path| path.exists())
                .unwrap_or_else(|| PathBuf::from("valkey-server")),
        }
    }
}

/// A running server on a port of 127.0.0.1 that is its alone.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) port: u16,
    program: Program,
    configuration: Configuration,
    folder: PathBuf,
    /// None while it is down.
    running: Option<Running>,
}

/// What a server is started with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Configuration {
    /// Lines of its configuration file.
    pub(crate) lines: Vec<String>,
    /// Files that these name, by name and content.
    pub(crate) files: Vec<(&'static str, String)>,
}

#[derive(Debug)]
struct Running {
    process: Process,
    /// Kept, or the server could not write its log.
    _log: BufReader<ChildStdout>,
}

impl Node {
    /// Starts one, and waits until it accepts connections.
    ///
    /// # Panics
    /// When there is no such program, or it refuses its configuration.
    pub(crate) fn start(program: Program, configuration: Configuration) -> Self {
        let mut said = String::new();
        for _ in 0..STARTS {
            let (port, folder) = (crate::free_port(), folder());
            match run(program, port, &configuration, &folder) {
                Ok(running) => {
                    return Self {
                        port,
                        program,
                        configuration,
                        folder,
                        running: Some(running),
                    };
                }
                Err(log) => said = log,
            }
        }
        panic!("the server ends at its start: {said}");
    }

    /// Kills it, and starts it again from what it last saved.
    pub(crate) fn crash(&mut self) {
        let saved = fs::read(self.folder.join(SAVED));
        self.running = None;
        self.folder = folder();
        if let Ok(saved) = saved {
            fs::write(self.folder.join(SAVED), saved).expect("there is room for it");
        }
        let running = run(self.program, self.port, &self.configuration, &self.folder);
        self.running = Some(running.unwrap_or_else(|log| panic!("it does not come back: {log}")));
    }

    pub(crate) fn signal(&self, signal: &str) {
        let running = self.running.as_ref().expect("it runs");
        running.process.signal(signal);
    }
}

/// Answers what it said if it ended.
fn run(
    program: Program,
    port: u16,
    configuration: &Configuration,
    folder: &Path,
) -> Result<Running, String> {
    let mut text = format!("port {port}\nbind 127.0.0.1\nsave \"\"\nappendonly no\n");
    for line in &configuration.lines {
        writeln!(text, "{line}").expect("a text grows");
    }
    for (name, content) in &configuration.files {
        fs::write(folder.join(name), content).expect("there is room for it");
    }
    let file = folder.join("server.conf");
    fs::write(&file, text).expect("there is room for it");
    let mut command = Command::new(program.path());
    command.arg(file).stdout(Stdio::piped());
    let mut process = Process::start(command, folder);
    let mut log = BufReader::new(process.take_output().expect("it is piped"));
    let mut lines = String::new();
    while !lines.contains("Ready to accept connections") {
        if log.read_line(&mut lines).expect("its log is text") == 0 {
            return Err(lines);
        }
    }
    Ok(Running { process, _log: log })
}
