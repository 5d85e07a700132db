//! The listener: accepts, serves, and stops in order.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use llama_ws_core::ports::Clock;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::watch;

use super::api::Api;
use super::invoke::Invoke;
use super::options::Options;
use super::registry::Registry;
use super::router;
use super::tasks::Tasks;
use super::timer::ClockTimer;

/// How long a client may take to send a request's head, or to begin the next one.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Pause after a failed accept, most often for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The address could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {addr}")]
pub struct BindError {
    addr: SocketAddr,
    source: io::Error,
}

/// A port that is listened on and not served yet: clients that connect now wait.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    local_addr: SocketAddr,
}

impl Bound {
    /// Listens on `addr`; port 0 takes a free one.
    ///
    /// # Errors
    /// [`BindError`] when the address is taken or not ours.
    pub async fn bind(addr: SocketAddr) -> Result<Self, BindError> {
        let failed = |source| BindError { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(failed)?;
        let local_addr = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            local_addr,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }
}

/// A gateway, put together and not running yet.
#[derive(Debug)]
pub struct Gateway<C, I> {
    /// The table of live connections, shared with whoever pushes from inside this process.
    pub registry: Registry<C>,
    /// Runs the functions.
    pub invoker: Arc<I>,
    /// Names, routes, faults.
    pub options: Options,
}

impl<C: Clock, I: Invoke> Gateway<C, I> {
    /// Serves until `shutdown` completes. Then nothing more is accepted, every socket is closed
    /// with 1001 and its `$disconnect` invoked, and functions that still run are waited for, up
    /// to the options' `shutdown_grace` of the clock.
    pub async fn serve(self, bound: Bound, shutdown: impl Future<Output = ()>) {
        let (stopper, stop) = watch::channel(false);
        let api = Arc::new(Api {
            registry: self.registry,
            invoker: self.invoker,
            options: self.options,
            tasks: Tasks::default(),
            port: bound.local_addr.port(),
            stop,
            connects: AtomicU64::new(0),
        });
        select! {
            () = accept(&api, &bound.listener) => {}
            () = shutdown => {}
        }
        drop(bound);
        stopper.send_replace(true);
        let clock = api.registry.clock();
        let deadline = clock.now().plus(api.options.shutdown_grace);
        select! {
            () = api.tasks.idle() => {}
            () = clock.sleep_until(deadline) => tracing::warn!("stopped while functions still ran"),
        }
    }
}

async fn accept<C: Clock, I: Invoke>(api: &Arc<Api<C, I>>, listener: &TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                api.tasks.spawn(converse(api.clone(), stream, peer));
            }
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                let clock = api.registry.clock();
                clock.sleep_until(clock.now().plus(ACCEPT_PAUSE)).await;
            }
        }
    }
}

/// Serves the requests of one TCP connection, until one of them upgrades it.
async fn converse<C: Clock, I: Invoke>(api: Arc<Api<C, I>>, stream: TcpStream, peer: SocketAddr) {
    // Small frames must not wait for company. A socket that refuses is about to fail anyway.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let api = api.clone();
        async move { Ok::<_, Infallible>(router::answer(api, request, peer).await) }
    });
    let connection = http1::Builder::new()
        .timer(ClockTimer::new(api.registry.clock().clone()))
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    // How a client leaves is its own affair: nothing here depends on it.
    select! {
        _ = connection.as_mut() => {}
        () = api.stopping() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
