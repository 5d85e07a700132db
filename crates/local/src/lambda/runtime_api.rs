//! The Runtime API. Each environment has its own path prefix, which is how it is recognised.
//! Source: "Using the Lambda runtime API" (2018-06-01), AWS Lambda developer guide.

use std::sync::Weak;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use llama_ws_core::ports::Clock;
use llama_ws_functions::{Function, SystemClock};
use serde::Deserialize;
use tokio::sync::oneshot;

use super::link::{Call, Handed};
use super::pool::Pool;

type Shared = State<Weak<Pool>>;

/// Region and account are of nobody.
const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:";

pub(super) fn router(pool: Weak<Pool>) -> Router {
    let runtime = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{id}/response", post(response))
        .route("/invocation/{id}/error", post(error))
        .route("/init/error", post(init_error))
        .with_state(pool);
    Router::new().nest("/{environment}/2018-06-01/runtime", runtime)
}

async fn next(State(pool): Shared, Path(environment): Path<String>) -> Response {
    let (poll, handed) = oneshot::channel();
    if !tell(&pool, &environment, Call::Next(poll)) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    match handed.await {
        Ok(handed) => (headers(&handed), handed.payload).into_response(),
        // The environment is being ended.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn headers(handed: &Handed) -> HeaderMap {
    let trace = format!(
        "Root=1-{:08x}-{:024x};Sampled=0",
        SystemClock.now().0 / 1_000,
        rand::random::<u128>() >> 32
    );
    let mut headers = HeaderMap::new();
    let mut set = |name, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("content-type", "application/json".to_owned());
    set("lambda-runtime-aws-request-id", handed.id.clone());
    set("lambda-runtime-deadline-ms", handed.deadline.0.to_string());
    set("lambda-runtime-invoked-function-arn", arn(handed.function));
    set("lambda-runtime-trace-id", trace);
    headers
}

fn arn(function: Function) -> String {
    format!("{ARN}{function}")
}

async fn response(
    State(pool): Shared,
    Path((environment, id)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    outcome(&pool, &environment, id, Ok(body)).await
}

async fn error(
    State(pool): Shared,
    Path((environment, id)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    outcome(&pool, &environment, id, Err(message(&body))).await
}

async fn init_error(
    State(pool): Shared,
    Path(environment): Path<String>,
    body: Bytes,
) -> StatusCode {
    accepted(tell(&pool, &environment, Call::InitError(message(&body))))
}

async fn outcome(
    pool: &Weak<Pool>,
    environment: &str,
    id: String,
    outcome: Result<Bytes, String>,
) -> StatusCode {
    let (known, told) = oneshot::channel();
    let call = Call::Outcome { id, outcome, known };
    accepted(tell(pool, environment, call) && told.await.is_ok())
}

fn tell(pool: &Weak<Pool>, environment: &str, call: Call) -> bool {
    pool.upgrade()
        .is_some_and(|pool| pool.tell(environment, call))
}

const fn accepted(known: bool) -> StatusCode {
    if known {
        StatusCode::ACCEPTED
    } else {
        StatusCode::BAD_REQUEST
    }
}

/// What an error report says; the whole body if it is none.
fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Report {
        error_message: String,
    }
    match serde_json::from_slice::<Report>(body) {
        Ok(report) => report.error_message,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}
