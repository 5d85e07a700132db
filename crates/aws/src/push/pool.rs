//! Connections to one host: as many as posts are in flight at once, up to a maximum; kept and used
//! again, the latest first, so that no more stay warm than are needed.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Request;
use llama_ws_core::UnixMillis;
use tokio::sync::Semaphore;

use super::connection::{Answer, Broken, Connection, Frame};
use super::host::Host;

/// Longest wait for a TCP and TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a connection may lie idle. A NAT gateway forgets it after 350 s, without a word until
/// it is used; what API Gateway allows is nowhere written.
const IDLE_LIMIT: Duration = Duration::from_secs(50);

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("no connection")]
    Connect(#[from] io::Error),
    #[error("no connection in time")]
    ConnectTimeout,
    #[error("the connection broke")]
    Broken(#[from] hyper::Error),
}

/// The connections of a process.
#[derive(Debug)]
pub(super) struct Pool {
    host: Host,
    /// One for each connection that may be in use.
    places: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: UnixMillis,
}

impl Pool {
    pub(super) fn new(host: Host, most: usize) -> Self {
        Self {
            host,
            places: Semaphore::new(most),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Sends a request and waits for its answer. A kept connection may have been closed meanwhile
    /// (a Lambda that was frozen finds all of them so): if no byte of an answer came, the request
    /// is made and sent again, once, on a new one.
    pub(super) async fn send(
        &self,
        now: UnixMillis,
        request: impl Fn() -> Request<Frame>,
    ) -> Result<Answer, Unanswered> {
        let Ok(_place) = self.places.acquire().await else {
            return Err(Unanswered::ConnectTimeout);
        };
        if let Some(connection) = self.kept(now) {
            match self.exchange(connection, request(), now).await {
                Err(broken) if !broken.heard => {}
                outcome => return Ok(outcome.map_err(|broken| broken.error)?),
            }
        }
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, self.host.connect(now)).await;
        let stream = connecting.map_err(|_| Unanswered::ConnectTimeout)??;
        let connection = Connection::over(stream).await?;
        let outcome = self.exchange(connection, request(), now).await;
        Ok(outcome.map_err(|broken| broken.error)?)
    }

    /// Whoever waits no longer drops the connection with its request.
    async fn exchange(
        &self,
        mut connection: Connection,
        request: Request<Frame>,
        now: UnixMillis,
    ) -> Result<Answer, Broken> {
        let answer = connection.exchange(request).await?;
        if connection.is_reusable().await {
            let since = now;
            self.idle().push(Idle { connection, since });
        }
        Ok(answer)
    }

    /// The connection that was used last. If even that has been idle too long, all have.
    fn kept(&self, now: UnixMillis) -> Option<Connection> {
        let mut idle = self.idle();
        let latest = idle.pop()?;
        if now.since(latest.since) < IDLE_LIMIT {
            return Some(latest.connection);
        }
        idle.clear();
        None
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
