//! The handle of the local Lambda.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use bytes::Bytes;
use llama_ws_functions::Function;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::job::Failure;
use super::pool::{self, Pool};
use super::settings::Settings;
use super::{invoke_api, runtime_api};
use crate::gateway::{Invoke, InvokeError};

/// Invocation payloads and answers ("Lambda quotas").
const LARGEST_PAYLOAD: usize = 6 * 1024 * 1024;

/// A throttled asynchronous invocation is tried again after this time ("Asynchronous
/// invocation": 1 s, then longer).
const THROTTLED: Duration = Duration::from_secs(1);

/// A port for the Runtime API and the Invoke API that is listened on but not served.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
}

/// Runs functions as child processes. They end with [`Processes::stop`], or with the last clone.
#[derive(Clone)]
pub struct Processes {
    addr: SocketAddr,
    pool: Arc<Pool>,
    _server: Arc<Server>,
}

/// Dropped, it serves no further connection.
struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Bound {
    /// Listens on any port of this machine.
    ///
    /// # Errors
    /// When there is none.
    pub async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        Ok(Self { listener, addr })
    }

    /// For `AWS_ENDPOINT_URL_LAMBDA`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Serves. No process starts before a function is invoked.
    #[must_use]
    pub fn start(self, settings: Settings) -> Processes {
        let pool = Arc::new(Pool::new(settings, self.addr));
        let router = runtime_api::router(Arc::downgrade(&pool))
            .merge(invoke_api::router(Arc::downgrade(&pool)))
            .layer(DefaultBodyLimit::max(LARGEST_PAYLOAD));
        let listener = self.listener;
        let server = tokio::spawn(async move {
            // Never ends by itself.
            let _ = axum::serve(listener, router).await;
        });
        Processes {
            addr: self.addr,
            pool,
            _server: Arc::new(Server(server)),
        }
    }
}

impl Processes {
    /// Listens and serves, when the variables do not need the address.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        Ok(Bound::bind().await?.start(settings))
    }

    /// For `AWS_ENDPOINT_URL_LAMBDA`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Runs `function` later; a failure is logged.
    pub fn invoke_async(&self, function: Function, payload: Bytes) {
        enqueue(&self.pool, function, payload);
    }

    /// Ends every process of `function` with SIGKILL, as a crash.
    pub fn kill(&self, function: Function) {
        self.pool.kill(function);
    }

    /// Ends every process and waits until none is left. Nothing can be invoked afterwards.
    pub async fn stop(&self) {
        self.pool.stop().await;
    }
}

impl Invoke for Processes {
    async fn invoke(&self, function: Function, payload: Bytes) -> Result<Bytes, InvokeError> {
        let answer = pool::invoke(Arc::downgrade(&self.pool), function, payload).await;
        answer.map_err(|failure| {
            tracing::error!(%function, error = %failure, "function error");
            failure.into()
        })
    }
}

/// An asynchronous invocation. Unlike the platform's, one that failed is not tried again.
pub(super) fn enqueue(pool: &Arc<Pool>, function: Function, payload: Bytes) {
    pool.spawn(run(Arc::downgrade(pool), function, payload));
}

async fn run(pool: Weak<Pool>, function: Function, payload: Bytes) {
    loop {
        match pool::invoke(Weak::clone(&pool), function, payload.clone()).await {
            Err(Failure::Throttled) => tokio::time::sleep(THROTTLED).await,
            Ok(_) | Err(Failure::Stopped) => return,
            Err(error) => {
                return tracing::error!(%function, %error, "asynchronous invocation failed");
            }
        }
    }
}
