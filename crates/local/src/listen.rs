//! A client for the terminal: connects, subscribes, prints what comes, and comes back when the
//! connection ends. It follows the client rule of the contract, so nothing is missed or shown twice.

mod backoff;
mod cursor;
mod frame;
mod line;
mod request;
mod screen;
mod session;
mod timers;

use std::future::Future;
use std::io::{self, Write};
use std::pin::pin;
use std::time::Duration;

use llama_ws_core::UnixMillis;
use llama_ws_core::ports::Clock;
use rand::rngs::StdRng;

use crate::client::{ConnectError, Credential, Socket, SocketUrl};
use backoff::Backoff;
use cursor::Cursor;
pub use request::{DeliveryOptions, Filters, Subscription};
pub use screen::Format;
use screen::Screen;
use session::{End, Session};

/// Longest wait a goodbye may ask for: clocks may disagree.
const MAX_GOODBYE_WAIT: Duration = Duration::from_secs(10 * 60);

/// Where to listen, to what, and until when.
#[derive(Debug, Clone)]
pub struct ListenOptions {
    /// The service.
    pub url: SocketUrl,
    /// Who is asking.
    pub credential: Credential,
    /// What to listen to.
    pub subscription: Subscription,
    /// How to print it.
    pub format: Format,
    /// The end, in events; none: until told to stop.
    pub count: Option<u64>,
    /// Whether the end of the connection is the end.
    pub once: bool,
}

/// Why listening ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The service does not allow what was asked for.
    #[error("the subscription was refused: {code}: {message}")]
    Refused {
        /// The error code of the contract.
        code: String,
        /// The service's words.
        message: String,
    },
    /// The connection ended, and there was to be only one.
    #[error("the connection ended: {0}")]
    Ended(String),
    /// The lines cannot be written.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
}

/// What a listener works with.
#[derive(Debug)]
pub struct Surroundings<C, O, N> {
    /// The time.
    pub clock: C,
    /// For jitter.
    pub rng: StdRng,
    /// Where frames are printed.
    pub out: O,
    /// Where the listener says what became of the connection.
    pub notices: N,
}

/// A listener at work.
#[derive(Debug)]
pub struct Listener<C, O, N> {
    options: ListenOptions,
    clock: C,
    rng: StdRng,
    screen: Screen<O, N>,
    cursor: Cursor,
    backoff: Backoff,
    remaining: u64,
}

impl<C: Clock, O: Write, N: Write> Listener<C, O, N> {
    /// A listener that prints frames to `out` and its own notices to `notices`.
    pub fn new(options: ListenOptions, surroundings: Surroundings<C, O, N>) -> Self {
        let Surroundings {
            clock,
            rng,
            out,
            notices,
        } = surroundings;
        Self {
            screen: Screen {
                format: options.format,
                out,
                notices,
                headed: false,
            },
            remaining: options.count.unwrap_or(u64::MAX),
            options,
            clock,
            rng,
            cursor: Cursor::default(),
            backoff: Backoff::default(),
        }
    }

    /// Listens until `stop` completes, the count is reached, or nobody reads the output any more.
    ///
    /// # Errors
    /// [`ListenError`] when the first connection fails, or a later one in a way that lasts.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<(), ListenError> {
        let mut stop = pin!(stop);
        let mut connected_before = false;
        loop {
            let connecting = Socket::connect(&self.options.url, &self.options.credential);
            let end = tokio::select! {
                () = &mut stop => return Ok(()),
                connected = connecting => match connected {
                    Ok(socket) => {
                        connected_before = true;
                        Session::new(&mut self, socket).run(&mut stop).await?
                    }
                    Err(error) if connected_before && error.is_transient() => {
                        End::Lost(error.to_string())
                    }
                    Err(error) => return Err(error.into()),
                },
            };
            let Some(pause) = self.pause(end)? else {
                return Ok(());
            };
            tokio::select! {
                () = &mut stop => return Ok(()),
                () = self.clock.sleep_until(pause) => {}
            }
        }
    }

    /// When to connect again after `end`; none: not at all.
    fn pause(&mut self, end: End) -> Result<Option<UnixMillis>, ListenError> {
        let now = self.clock.now();
        let (why, at) = match end {
            End::Done => return Ok(None),
            End::Goodbye(_) if self.options.once => return Ok(None),
            End::Closed if self.options.once => return Ok(None),
            End::Lost(why) if self.options.once => return Err(ListenError::Ended(why)),
            End::Goodbye(Some(at)) if at > now => (
                "the service said goodbye".to_owned(),
                at.min(now.plus(MAX_GOODBYE_WAIT)),
            ),
            End::Goodbye(_) => ("the service said goodbye".to_owned(), self.back_off(now)),
            End::Closed => ("the connection was closed".to_owned(), self.back_off(now)),
            End::Lost(why) => (why, self.back_off(now)),
        };
        let wait = at.since(now).as_secs_f64();
        self.screen
            .notice(&format!("{why}; connecting again in {wait:.1} s"));
        Ok(Some(at))
    }

    fn back_off(&mut self, now: UnixMillis) -> UnixMillis {
        now.plus(self.backoff.next(&mut self.rng))
    }
}

#[cfg(test)]
mod tests;
