//! From the bytes of an invocation to its handler and back.

use llama_ws_core::ports::Ports;
use llama_ws_core::{Service, UnixMillis};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::function::Function;
use crate::handlers;

/// What the runtime says of an invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Its request id.
    pub request_id: String,
    /// When it must have ended.
    pub deadline: UnixMillis,
}

/// An invocation that fails as a whole: the platform sees a function error.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// The event is not what the function's triggers send.
    #[error("unexpected event")]
    Event(#[source] serde_json::Error),
    /// The answer could not be written.
    #[error("unwritable answer")]
    Answer(#[source] serde_json::Error),
    /// A store did not answer, and the trigger should try again.
    #[error("a store did not answer")]
    Unavailable,
}

/// Handles one invocation of `function`.
///
/// # Errors
/// [`HandleError`] where the platform has to know; a client's fault is an answer.
pub async fn handle<P: Ports>(
    service: &Service<P>,
    function: Function,
    payload: &[u8],
    invocation: &Invocation,
) -> Result<Vec<u8>, HandleError> {
    match function {
        Function::Connect => write(&handlers::connect(service, read(payload)?).await),
        Function::Disconnect if handlers::is_reap(payload) => {
            write(&handlers::reap(service).await?)
        }
        Function::Disconnect => write(&handlers::disconnect(service, read(payload)?).await?),
        Function::Message => write(&handlers::message(service, read(payload)?).await),
        Function::Subscribe if is_http(payload) => {
            write(&handlers::http(service, read(payload)?).await)
        }
        Function::Subscribe => write(&handlers::message(service, read(payload)?).await),
        Function::EventFanout | Function::EventIngest => {
            handlers::events(service, payload, invocation).await
        }
    }
}

/// HTTP API events say so: payload format 2.0 has a version, WebSocket events have none.
fn is_http(payload: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Probe {
        version: Option<String>,
    }
    serde_json::from_slice::<Probe>(payload)
        .is_ok_and(|probe| probe.version.as_deref() == Some("2.0"))
}

fn read<T: DeserializeOwned>(payload: &[u8]) -> Result<T, HandleError> {
    serde_json::from_slice(payload).map_err(HandleError::Event)
}

fn write<T: Serialize>(answer: &T) -> Result<Vec<u8>, HandleError> {
    serde_json::to_vec(answer).map_err(HandleError::Answer)
}
