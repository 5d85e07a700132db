//! A listener at work, a server under the test's hand, and a clock that only the test moves.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use llama_ws_core::UnixMillis;
use llama_ws_memory::ManualClock;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::client::Credential;
use crate::client::testing::{Peer, SocketServer, within};
use crate::listen::{Format, ListenError, ListenOptions, Listener, Subscription, Surroundings};

/// 16:00:00.000
pub(super) const START: UnixMillis = UnixMillis(1_764_000_000_000);

pub(super) struct Stage {
    pub(super) server: SocketServer,
    pub(super) clock: ManualClock,
    out: mpsc::UnboundedReceiver<String>,
    notices: mpsc::UnboundedReceiver<String>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ListenError>>,
}

impl Stage {
    /// A listener to `prices` and `tvl` that prints columns, changed by `change`.
    pub(super) async fn set(change: impl FnOnce(&mut ListenOptions)) -> Self {
        let server = SocketServer::start().await;
        let mut options = ListenOptions {
            url: server.url(),
            credential: Credential::ApiKey("key-1".to_owned()),
            subscription: Subscription {
                channels: vec!["prices".to_owned(), "tvl".to_owned()],
                ..Subscription::default()
            },
            format: Format::Columns,
            count: None,
            once: false,
        };
        change(&mut options);
        let clock = ManualClock::new(START);
        let (out, out_lines) = Lines::new();
        let (notices, notice_lines) = Lines::new();
        let (stop, stopped) = oneshot::channel();
        let surroundings = Surroundings {
            clock: clock.clone(),
            rng: StdRng::seed_from_u64(1),
            out,
            notices,
        };
        let stopped = async {
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let task = tokio::spawn(Listener::new(options, surroundings).run(stopped));
        Self {
            server,
            clock,
            out: out_lines,
            notices: notice_lines,
            stop: Some(stop),
            task,
        }
    }

    /// Accepts the listener for the first time and confirms its subscription, the log at `5-0`.
    pub(super) async fn subscribed(&mut self) -> Peer {
        let mut peer = self.server.accept().await;
        assert_eq!(peer.request().await["type"], "subscribe");
        peer.send(r#"{"type":"subscription_result","id":"subscribe","connectionId":"c","offset":"5-0","results":[{"channel":"prices","status":"subscribed"},{"channel":"tvl","status":"subscribed"}]}"#).await;
        assert!(self.line().await.starts_with("TIME"));
        assert!(self.line().await.ends_with("prices, tvl"));
        peer
    }

    /// The next line the listener prints.
    pub(super) async fn line(&mut self) -> String {
        self.out
            .recv()
            .await
            .expect("the listener prints another line")
    }

    /// The next notice the listener gives.
    pub(super) async fn notice(&mut self) -> String {
        self.notices
            .recv()
            .await
            .expect("the listener has something to say")
    }

    pub(super) fn advance(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    /// What Ctrl-C does.
    pub(super) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// No longer reads what the listener prints.
    pub(super) fn stop_reading(&mut self) {
        self.out.close();
    }

    /// How the listener ends, and the lines that nobody has read.
    pub(super) async fn end(mut self) -> (Result<(), ListenError>, Vec<String>) {
        let outcome = within(self.task).await.unwrap();
        let mut rest = Vec::new();
        while let Ok(line) = self.out.try_recv() {
            rest.push(line);
        }
        (outcome, rest)
    }
}

/// A live price event.
pub(super) fn price(offset: &str, prev: &str) -> String {
    format!(
        r#"{{"type":"price_update","channel":"prices","data":{{"tokenId":"t-{offset}"}},"timestamp":1763999999990,"eventId":"e-{offset}","offset":"{offset}","prev":{prev},"metadata":{{"sentAt":1763999999998}}}}"#
    )
}

/// Hands whole lines to a channel; a pipe that nobody reads when its other end is closed.
pub(super) struct Lines {
    sender: mpsc::UnboundedSender<String>,
    line: Vec<u8>,
}

impl Lines {
    fn new() -> (Self, mpsc::UnboundedReceiver<String>) {
        let (sender, lines) = mpsc::unbounded_channel();
        (
            Self {
                sender,
                line: Vec::new(),
            },
            lines,
        )
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
            self.sender
                .send(line)
                .map_err(|_| io::Error::from(ErrorKind::BrokenPipe))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
