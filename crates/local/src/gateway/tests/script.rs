//! Functions that answer as a test wrote it, and tell the test what they were asked.

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use llama_ws_functions::Function;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};

use super::super::{Invoke, InvokeError};

type Outcome = Result<Bytes, InvokeError>;
type Behaviour = Arc<dyn Fn(Value) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// One invocation, told when it starts.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) payload: Bytes,
}

pub(super) type Calls = mpsc::UnboundedReceiver<Call>;

impl Call {
    pub(super) fn event(&self) -> Value {
        serde_json::from_slice(&self.payload).unwrap()
    }

    pub(super) fn context(&self) -> Value {
        self.event()["requestContext"].take()
    }

    pub(super) fn connection_id(&self) -> String {
        self.context()["connectionId"].as_str().unwrap().to_owned()
    }

    pub(super) fn request_id(&self) -> String {
        self.context()["requestId"].as_str().unwrap().to_owned()
    }
}

/// What each function does; `{"statusCode":200}` unless told otherwise.
#[derive(Default)]
pub(super) struct Script {
    behaviours: HashMap<Function, Behaviour>,
}

impl Script {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The function answers with this JSON.
    pub(super) fn answers(self, function: Function, answer: Value) -> Self {
        self.answers_raw(function, answer.to_string())
    }

    pub(super) fn answers_raw(self, function: Function, answer: impl Into<Bytes>) -> Self {
        let answer = answer.into();
        self.does(function, move |_| {
            let answer = answer.clone();
            async move { Ok(answer) }.boxed()
        })
    }

    /// The function replies with the message's own text.
    pub(super) fn echoes(self, function: Function) -> Self {
        self.does(function, |event| async move { Ok(echo(&event)) }.boxed())
    }

    /// The function waits for a permit, then replies with the message's own text.
    pub(super) fn waits(self, function: Function, gate: Arc<Semaphore>) -> Self {
        self.does(function, move |event| {
            let gate = gate.clone();
            async move {
                gate.acquire().await.unwrap().forget();
                Ok(echo(&event))
            }
            .boxed()
        })
    }

    pub(super) fn fails(self, function: Function) -> Self {
        self.does(function, |_| {
            async { Err(InvokeError::Function("thrown".to_owned())) }.boxed()
        })
    }

    pub(super) fn panics(self, function: Function) -> Self {
        self.does(function, |_| async { panic!("scripted") }.boxed())
    }

    pub(super) fn hangs(self, function: Function) -> Self {
        self.does(function, |_| pending().boxed())
    }

    pub(super) fn does<F>(mut self, function: Function, behaviour: F) -> Self
    where
        F: Fn(Value) -> BoxFuture<'static, Outcome> + Send + Sync + 'static,
    {
        self.behaviours.insert(function, Arc::new(behaviour));
        self
    }

    pub(super) fn start(self) -> (Functions, Calls) {
        let (told, calls) = mpsc::unbounded_channel();
        let functions = Functions {
            behaviours: self.behaviours,
            told,
        };
        (functions, calls)
    }
}

fn echo(event: &Value) -> Bytes {
    json!({ "statusCode": 200, "body": event["body"] })
        .to_string()
        .into()
}

/// The functions that run.
pub(super) struct Functions {
    behaviours: HashMap<Function, Behaviour>,
    told: mpsc::UnboundedSender<Call>,
}

impl Invoke for Functions {
    async fn invoke(&self, function: Function, payload: Bytes) -> Outcome {
        let event = serde_json::from_slice(&payload).unwrap();
        let _ = self.told.send(Call { function, payload });
        match self.behaviours.get(&function) {
            Some(behaviour) => behaviour(event).await,
            None => Ok(Bytes::from_static(br#"{"statusCode":200}"#)),
        }
    }
}
