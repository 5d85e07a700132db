//! Functions on real stores: in this process, or the deployed binaries.

use bytes::Bytes;
use llama_ws_core::KeyFault;
use llama_ws_functions::Function;

use super::ports::RealPorts;
use crate::dev::functions::InProcess;
use crate::gateway::{Invoke, InvokeError};
use crate::keys::{Answer, Command};
use crate::lambda::Processes;

/// How the functions run.
#[derive(Clone)]
pub enum RealFunctions {
    /// As tasks of this process.
    InProcess(InProcess<RealPorts>),
    /// As the deployed binaries, over the Lambda Runtime API.
    Processes(Processes),
}

impl RealFunctions {
    /// Ends what runs outside this process.
    pub(super) async fn stop(&self) {
        if let Self::Processes(processes) = self {
            processes.stop().await;
        }
    }
}

impl Invoke for RealFunctions {
    async fn invoke(&self, function: Function, payload: Bytes) -> Result<Bytes, InvokeError> {
        match self {
            Self::InProcess(functions) => functions.invoke(function, payload).await,
            Self::Processes(processes) => processes.invoke(function, payload).await,
        }
    }

    async fn administer(&self, command: Command) -> Option<Result<Answer, KeyFault>> {
        match self {
            Self::InProcess(functions) => functions.administer(command).await,
            // The deployed functions have no such command.
            Self::Processes(_) => None,
        }
    }
}
