//! Lambda's Invoke API, which a function calls to start the worker.
//! Source: "Invoke" (2015-03-31), AWS Lambda API reference.

use std::sync::Weak;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use llama_ws_functions::Function;
use serde_json::json;

use super::job::Failure;
use super::pool::{self, Pool};
use super::processes::enqueue;

const FUNCTIONS: [Function; 6] = [
    Function::Connect,
    Function::Disconnect,
    Function::Message,
    Function::Subscribe,
    Function::EventFanout,
    Function::EventIngest,
];

pub(super) fn router(pool: Weak<Pool>) -> Router {
    Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .with_state(pool)
}

async fn invoke(
    State(pool): State<Weak<Pool>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    payload: Bytes,
) -> Response {
    let Some(function) = function(&name) else {
        return refusal(StatusCode::NOT_FOUND, "ResourceNotFoundException", &name);
    };
    let how = headers
        .get("x-amz-invocation-type")
        .map_or(b"RequestResponse".as_slice(), |value| value.as_bytes());
    match how {
        b"Event" => match pool.upgrade() {
            Some(pool) => {
                enqueue(&pool, function, payload);
                StatusCode::ACCEPTED.into_response()
            }
            None => failed(&Failure::Stopped),
        },
        b"DryRun" => StatusCode::NO_CONTENT.into_response(),
        _ => match pool::invoke(pool, function, payload).await {
            Ok(answer) => answer.into_response(),
            Err(failure) => failed(&failure),
        },
    }
}

/// By its name or its ARN.
fn function(name: &str) -> Option<Function> {
    let name = name.rsplit(':').next()?;
    FUNCTIONS
        .into_iter()
        .find(|function| function.name() == name)
}

fn failed(failure: &Failure) -> Response {
    let text = failure.to_string();
    match failure {
        Failure::Throttled => refusal(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            &text,
        ),
        Failure::Stopped => refusal(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", &text),
        // The function failed, the call did not.
        Failure::Ran(_) => (
            [("x-amz-function-error", "Unhandled")],
            json!({ "errorMessage": text }).to_string(),
        )
            .into_response(),
    }
}

fn refusal(status: StatusCode, kind: &'static str, text: &str) -> Response {
    let body = json!({ "Message": text }).to_string();
    (status, [("x-amzn-errortype", kind)], body).into_response()
}
