//! A Lambda Runtime API for one process: it hands out one invocation after the other.
//! Source: "Using the Lambda runtime API" (2018-06-01), AWS Lambda developer guide.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

use crate::binaries::binary;

const PATIENCE: Duration = Duration::from_secs(20);

/// A function's process and the API it polls.
pub struct Process {
    invocations: mpsc::Sender<String>,
    outcomes: mpsc::Receiver<Outcome>,
    child: Child,
}

/// What the process said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The answer to an invocation.
    Response(String),
    /// An invocation failed.
    Error(String),
}

struct Api {
    invocations: Mutex<mpsc::Receiver<String>>,
    outcomes: mpsc::Sender<Outcome>,
}

impl Process {
    /// Starts the binary `name` with these variables and nothing of ours.
    pub async fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let (invocations, waiting) = mpsc::channel(16);
        let (said, outcomes) = mpsc::channel(16);
        let api = Arc::new(Api {
            invocations: Mutex::new(waiting),
            outcomes: said,
        });
        let addr = serve(api).await;
        let child = Command::new(binary(
            "llama-ws-functions",
            &["--features", "lambda"],
            name,
        ))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", addr.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary starts");
        Self {
            invocations,
            outcomes,
            child,
        }
    }

    /// Invokes the function and waits for what it says.
    pub async fn invoke(&mut self, payload: &str) -> Outcome {
        self.invocations
            .send(payload.to_owned())
            .await
            .expect("the API runs");
        timeout(PATIENCE, self.outcomes.recv())
            .await
            .expect("an answer in time")
            .expect("the API runs")
    }

    /// Waits for the process to end; answers whether it succeeded, and its stderr.
    pub async fn ended(self) -> (bool, String) {
        let output = timeout(PATIENCE, self.child.wait_with_output()).await;
        let output = output
            .expect("the process ends")
            .expect("its output is read");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }
}

async fn serve(api: Arc<Api>) -> SocketAddr {
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route(
            "/2018-06-01/runtime/invocation/{id}/response",
            post(response),
        )
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .with_state(api);
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    let addr = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    addr
}

async fn next(State(api): State<Arc<Api>>) -> (HeaderMap, String) {
    let payload = match api.invocations.lock().await.recv().await {
        Some(payload) => payload,
        // The test is over: nothing more to do, until the process is ended.
        None => std::future::pending().await,
    };
    let mut headers = HeaderMap::new();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(
        "lambda-runtime-aws-request-id",
        "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
    );
    set("lambda-runtime-deadline-ms", "1999999999999");
    set(
        "lambda-runtime-invoked-function-arn",
        "arn:aws:lambda:us-east-1:123456789012:function:test",
    );
    set(
        "lambda-runtime-trace-id",
        "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
    );
    (headers, payload)
}

async fn response(
    State(api): State<Arc<Api>>,
    Path(_id): Path<String>,
    body: String,
) -> StatusCode {
    say(&api, Outcome::Response(body)).await
}

async fn error(State(api): State<Arc<Api>>, Path(_id): Path<String>, body: String) -> StatusCode {
    say(&api, Outcome::Error(body)).await
}

async fn say(api: &Api, outcome: Outcome) -> StatusCode {
    match api.outcomes.send(outcome).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::GONE,
    }
}
