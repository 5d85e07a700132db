//! What runs whatever the stores are: the gateway and the schedule, in front of the functions.

use std::net::SocketAddr;
use std::sync::Arc;

use llama_ws_core::ports::Clock;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::schedule;
use crate::gateway::{Bound, Gateway, Invoke, Options, Registry};

/// A gateway and a schedule that run.
pub(super) struct Host {
    addr: SocketAddr,
    workers: JoinHandle<()>,
    gateway: JoinHandle<()>,
    shutdown: oneshot::Sender<()>,
}

impl Host {
    /// Starts serving on a port that is listened on. A message on `asked` starts a worker.
    pub(super) fn start<C: Clock, I: Invoke + Clone>(
        bound: Bound,
        gateway: (Registry<C>, Options),
        (clock, asked): (C, mpsc::Receiver<()>),
        functions: I,
    ) -> Self {
        let addr = bound.local_addr();
        let (registry, options) = gateway;
        let workers = tokio::spawn(schedule::run(clock, functions.clone(), asked));
        let (shutdown, stopped) = oneshot::channel();
        let gateway = Gateway {
            registry,
            invoker: Arc::new(functions),
            options,
        };
        let gateway = tokio::spawn(async move {
            let stopped = async {
                // Dropped without a word means the same.
                let _ = stopped.await;
            };
            gateway.serve(bound, stopped).await;
        });
        Self {
            addr,
            workers,
            gateway,
            shutdown,
        }
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends the workers, lets `goodbye` be said, then closes.
    pub(super) async fn stop(self, goodbye: impl Future<Output = ()>) {
        self.workers.abort();
        // Aborted: there is nothing to learn from it.
        let _ = self.workers.await;
        goodbye.await;
        let _ = self.shutdown.send(());
        let _ = self.gateway.await;
    }
}
