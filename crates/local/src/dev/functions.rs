//! Functions as tasks of this process.

use std::sync::Arc;

use bytes::Bytes;
use llama_ws_core::ports::{KeyRecords, Ports};
use llama_ws_core::{KeyFault, Service};
use llama_ws_functions::{Function, Invocation, handle};

use tokio::task::JoinSet;

use crate::gateway::{Invoke, InvokeError};
use crate::keys::{Answer, Command, administer};
use crate::timeouts::timeout;

/// Runs each invocation as a task, so that a panic is a function error as on Lambda.
pub struct InProcess<P: Ports> {
    service: Arc<Service<P>>,
}

impl<P: Ports> Clone for InProcess<P> {
    fn clone(&self) -> Self {
        Self {
            service: Arc::clone(&self.service),
        }
    }
}

impl<P: Ports> InProcess<P> {
    pub(super) fn new(service: Arc<Service<P>>) -> Self {
        Self { service }
    }

    /// Runs `function` with as much time as its configuration gives it.
    ///
    /// # Errors
    /// [`InvokeError::Function`] when it failed or panicked.
    pub async fn run(&self, function: Function, payload: Bytes) -> Result<Bytes, InvokeError> {
        let service = Arc::clone(&self.service);
        let invocation = Invocation {
            request_id: format!("{:016x}", service.random()),
            deadline: service.now().plus(timeout(function)),
        };
        let task = async move { handle(&service, function, &payload, &invocation).await };
        // Dropping the invocation ends its task, as the end of a process would.
        let mut tasks = JoinSet::new();
        tasks.spawn(task);
        let Some(ended) = tasks.join_next().await else {
            return Err(InvokeError::Function("crashed".to_owned()));
        };
        match ended {
            Ok(Ok(answer)) => Ok(answer.into()),
            Ok(Err(error)) => {
                tracing::error!(%function, %error, "function error");
                Err(InvokeError::Function(error.to_string()))
            }
            Err(_) => {
                tracing::error!(%function, "function crashed");
                Err(InvokeError::Function("crashed".to_owned()))
            }
        }
    }
}

impl<P: Ports<Keys: KeyRecords>> Invoke for InProcess<P> {
    fn invoke(
        &self,
        function: Function,
        payload: Bytes,
    ) -> impl Future<Output = Result<Bytes, InvokeError>> + Send {
        self.run(function, payload)
    }

    async fn administer(&self, command: Command) -> Option<Result<Answer, KeyFault>> {
        let keys = self.service.ports().keys();
        Some(administer(keys, command, self.service.now()).await)
    }
}
